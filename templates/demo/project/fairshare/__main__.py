"""Starts the command line: `python3 -m fairshare trip.csv`."""

import sys

from fairshare.cli import main

sys.exit(main())
