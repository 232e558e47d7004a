"""The ledger: who paid for what, and what that makes each person's balance."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Expense:
    """Something that one person paid for some of the group."""

    payer: str
    cents: int
    what: str
    among: tuple


class Ledger:
    """All the expenses of one trip."""

    def __init__(self, expenses):
        self.expenses = tuple(expenses)

    def people(self):
        """Name everybody who paid or shared, in alphabetical order."""
        names = {expense.payer for expense in self.expenses}
        for expense in self.expenses:
            names.update(expense.among)
        return sorted(names)

    def balances(self):
        """Say what each person gets back (above zero) or owes (below zero), in cents."""
        balance = dict.fromkeys(self.people(), 0)
        for expense in self.expenses:
            balance[expense.payer] += expense.cents
            for person, share in shares(expense).items():
                balance[person] -= share
        return balance


def shares(expense):
    """Split an expense evenly: each person's share in cents."""
    each = expense.cents // len(expense.among)
    return dict.fromkeys(expense.among, each)
