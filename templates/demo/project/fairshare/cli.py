"""The command line: read a trip file, print a report."""

import argparse
import sys

from fairshare.ledger import Ledger
from fairshare.report import FORMATS
from fairshare.trip import read


def main(argv=None):
    """Print the report of a trip; 1 when the file cannot be read."""
    parser = argparse.ArgumentParser(prog="fairshare", description=__doc__)
    parser.add_argument("trip", help="a CSV file: payer, amount, what for, among whom")
    parser.add_argument("--format", choices=sorted(FORMATS), default="text")
    given = parser.parse_args(argv)
    try:
        with open(given.trip, encoding="utf-8", newline="") as lines:
            ledger = Ledger(read(lines))
    except (OSError, ValueError) as error:
        print(f"fairshare: {error}", file=sys.stderr)
        return 1
    print(FORMATS[given.format](ledger))
    return 0
