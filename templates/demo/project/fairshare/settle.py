"""Settling up: the payments after which everybody is even."""

from collections import namedtuple

Payment = namedtuple("Payment", "debtor creditor cents")


def payments(balances):
    """Say who pays whom, one after the other in alphabetical order."""
    owes = [[name, -cents] for name, cents in sorted(balances.items()) if cents < 0]
    owed = [[name, cents] for name, cents in sorted(balances.items()) if cents > 0]
    found = []
    while owes and owed:
        (debtor, debt), (creditor, credit) = owes[0], owed[0]
        paid = min(debt, credit)
        found.append(Payment(debtor, creditor, paid))
        owes[0][1] -= paid
        owed[0][1] -= paid
        owes = owes if owes[0][1] else owes[1:]
        owed = owed if owed[0][1] else owed[1:]
    return found
