"""Run the command line as ``python -m hebbfast``."""

import sys

from hebbfast.cli import main

sys.exit(main())
