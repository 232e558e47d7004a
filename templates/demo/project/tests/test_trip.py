import unittest

from fairshare.ledger import Expense
from fairshare.trip import read


class Trips(unittest.TestCase):
    def test_reads_an_expense(self):
        self.assertEqual(
            read(["Ana, 42.00, Dinner, Ana Ben"]), [Expense("Ana", 4200, "Dinner", ("Ana", "Ben"))]
        )

    def test_nobody_named_means_everybody(self):
        trip = read(["Ana, 10, Tram,", "Ben, 20, Lunch, Cleo"])
        self.assertEqual(trip[0].among, ("Ana", "Ben", "Cleo"))

    def test_leaves_out_comments_and_empty_lines(self):
        self.assertEqual(read(["# payer, amount, what, among", ""]), [])
