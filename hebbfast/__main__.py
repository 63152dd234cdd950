"""Run the command line as ``python -m hebbfast``."""

import sys

from hebbfast.cli.main import main

sys.exit(main())
