import unittest

from fairshare.ledger import Expense, Ledger


class Balances(unittest.TestCase):
    def test_who_pays_for_all_gets_the_others_shares_back(self):
        ledger = Ledger([Expense("Ana", 3000, "Dinner", ("Ana", "Ben", "Cleo"))])
        self.assertEqual(ledger.balances(), {"Ana": 2000, "Ben": -1000, "Cleo": -1000})

    def test_a_treat_for_others_is_theirs_alone(self):
        ledger = Ledger([Expense("Ana", 1000, "Museum", ("Ben", "Cleo"))])
        self.assertEqual(ledger.balances(), {"Ana": 1000, "Ben": -500, "Cleo": -500})

    def test_no_expenses_no_balances(self):
        self.assertEqual(Ledger([]).balances(), {})
