"""Trip files: one expense a line, as payer, amount, what for, and among whom.

    Ana, 42.00, Dinner by the river, Ana Ben Cleo
    Ben, 18.60, Tram tickets,

Nobody named at the end means everybody who appears in the file.
"""

import csv

from fairshare import money
from fairshare.ledger import Expense


def read(lines):
    """Read the expenses of a trip file."""
    rows = []
    for row in csv.reader(lines, skipinitialspace=True):
        if row and not row[0].startswith("#"):
            rows.append(expense(row))
    everybody = sorted({one.payer for one in rows} | {name for one in rows for name in one.among})
    return [
        one if one.among else Expense(one.payer, one.cents, one.what, tuple(everybody))
        for one in rows
    ]


def expense(row):
    """Read one line's fields."""
    payer, amount, what, among = row
    return Expense(payer.strip(), money.parse(amount), what.strip(), tuple(among.split()))
