import unittest

from fairshare.money import parse, show


class Money(unittest.TestCase):
    def test_reads_what_people_write(self):
        self.assertEqual(parse("12"), 1200)
        self.assertEqual(parse("12.5"), 1250)
        self.assertEqual(parse(" 12.50 "), 1250)

    def test_reads_thousands(self):
        self.assertEqual(parse("1,250.00"), 125000)
        self.assertEqual(parse("1,250"), 125000)

    def test_refuses_what_is_no_amount(self):
        for text in ("", "a lot", "12.345", "-3"):
            with self.subTest(text), self.assertRaises(ValueError):
                parse(text)

    def test_shows_two_decimals(self):
        self.assertEqual(show(1250), "12.50")
        self.assertEqual(show(-5), "-0.05")
