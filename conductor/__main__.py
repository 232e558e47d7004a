"""`python -m conductor` is the command `conductor`."""

import sys

from conductor.cli.main import main

sys.exit(main())
