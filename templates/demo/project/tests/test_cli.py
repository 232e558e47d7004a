import contextlib
import io
import tempfile
import unittest

from fairshare.cli import main


class CommandLine(unittest.TestCase):
    def test_prints_a_report(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as trip:
            trip.write("Ana, 30.00, Dinner, Ana Ben\n")
            trip.flush()
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                code = main([trip.name])
        self.assertEqual(code, 0)
        self.assertIn("Ben pays Ana 15.00", out.getvalue())

    def test_says_when_the_file_is_not_there(self):
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            code = main(["nowhere.csv"])
        self.assertEqual(code, 1)
        self.assertIn("nowhere.csv", err.getvalue())
