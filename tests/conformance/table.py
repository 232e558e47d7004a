"""Writes what the suite found into docs/agents.md: `python -m tests.conformance.table`."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.conformance.vendors import VENDORS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "agents.md"
BEGIN, END = "<!-- found by the conformance suite -->", "<!-- end of what was found -->"
SIGNS = {"failure": "no", "error": "no", "skipped": "not offered"}


def results(report: Path) -> dict[str, dict[str, str]]:
    """Read what became of each test, by what it tried and by vendor."""
    found: dict[str, dict[str, str]] = {}
    for case in ET.parse(report).iter("testcase"):
        tried = re.fullmatch(r"test_(\w+)\[([\w-]+)\]", case.get("name", ""))
        if tried:
            ends = (SIGNS[part.tag] for part in case if part.tag in SIGNS)
            what = tried[1].replace("_", " ")
            found.setdefault(what, {})[tried[2]] = next(ends, "yes")
    return found


def table(found: dict[str, dict[str, str]]) -> str:
    """Draw the table."""
    names = sorted(VENDORS)
    rows = [["", *names], ["---"] * (len(names) + 1)]
    rows += [[what, *(by.get(name, "not tried") for name in names)] for what, by in found.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        argv = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "2",
            "tests/conformance",
            f"--junitxml={report}",
        ]
        code = subprocess.run(argv, check=False, cwd=PAGE.parents[1]).returncode
        drawn = table(results(report))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{drawn}\n{END}{after}", encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
