import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # rivals and table are siblings, not a package
