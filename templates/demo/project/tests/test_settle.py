import unittest

from fairshare.settle import payments


class Settling(unittest.TestCase):
    def test_two_people_need_one_payment(self):
        self.assertEqual(payments({"Ana": 500, "Ben": -500}), [("Ben", "Ana", 500)])

    def test_one_pays_several(self):
        paid = payments({"Ana": 300, "Ben": 200, "Cleo": -500})
        self.assertEqual(sorted(paid), [("Cleo", "Ana", 300), ("Cleo", "Ben", 200)])

    def test_everybody_even_needs_none(self):
        self.assertEqual(payments({"Ana": 0, "Ben": 0}), [])
