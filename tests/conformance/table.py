"""Writes what the suite found into the documents.

`python -m tests.conformance.table` tries Claude Code and Codex, with `--agents` the others as well,
one at a time, for most of an hour; `--from DIR` draws the reports (`pytest --junitxml=DIR/any.xml`)
that were kept there. Of whoever was not tried now, the page goes on saying what was found before.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Collection
from pathlib import Path

from harnesses.installed import release
from tests.agents.install import PROGRAMS
from tests.conformance.others import OTHERS
from tests.conformance.speakers import SPEAKERS
from tests.conformance.vendors import PRINTING, VENDORS

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN, END = "<!-- found by the conformance suite -->", "<!-- end of what was found -->"
SIGNS = {"failure": "no", "error": "no", "skipped": "not offered"}
OURS = [*sorted(VENDORS), *(one.name for one in PRINTING)]
PAGES = {
    "agents.md": OURS,
    "other-agents.md": [one.name for one in OTHERS],
    "acp.md": [one.name for one in SPEAKERS],
}
BESIDE = {"other-agents.md": ("aider", "cline")}
"""Who is tried by tests of their own, and so has no column."""

Results = dict[str, dict[str, str]]


def results(report: Path) -> Results:
    """Read what became of each test, by what it tried and by vendor."""
    found: Results = {}
    for case in ET.parse(report).iter("testcase"):
        tried = re.fullmatch(r"test_(\w+)\[([\w-]+)\]", case.get("name", ""))
        if tried and case.get("classname", "").endswith(".test_conformance"):
            ends = (SIGNS[part.tag] for part in case if part.tag in SIGNS)
            what = tried[1].replace("_", " ")
            found.setdefault(what, {})[tried[2]] = next(ends, "yes")
    return found


def known(drawn: str) -> Results:
    """Read a table that was drawn before."""
    lines = [line for line in drawn.split("\n") if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    names = rows[0][1:] if rows else []
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows[2:]}


def table(found: Results, names: list[str], shown: Collection[str] = ()) -> str:
    """Draw the table, without what is for others than these, unless it was shown before."""
    rows = [["", *names], ["---"] * (len(names) + 1)]
    for what, by in found.items():
        cells = [by.get(name, "not tried") for name in names]
        if what in shown or set(cells) - {"not tried", "not offered"}:
            rows.append([what, *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def run(name: str, folder: Path) -> None:
    """Try one vendor."""
    marks = ("-m", "not agents" if name in OURS else "agents")  # the long ones, too
    report = folder / f"{name}.xml"
    argv = [sys.executable, "-m", "pytest", "-q", *marks, "-k", f"[{name}]"]
    argv += ["tests/conformance/test_conformance.py", f"--junitxml={report}"]
    subprocess.run(argv, check=False, cwd=DOCS.parent)


def releases(page: str) -> str:
    """Say which releases a page tells of."""
    ours = {name: release(str(VENDORS[name].program)) for name in VENDORS if name in PAGES[page]}
    theirs = (one.removesuffix("-acp") for one in PAGES[page] if one not in OURS)
    told = ours | {name: PROGRAMS[name].version for name in (*theirs, *BESIDE.get(page, ()))}
    return f"Releases: {', '.join(' '.join(one) for one in told.items())}."


def draw(folder: Path) -> None:
    """Put what the reports of a folder say into the pages that tell of their vendors."""
    tried: Results = {}
    for report in sorted(folder.glob("*.xml")):
        for what, by in results(report).items():
            tried.setdefault(what, {}).update(by)
    for page, names in PAGES.items():
        before, _, rest = (DOCS / page).read_text("utf-8").partition(BEGIN)
        drawn, _, after = rest.partition(END)
        found = known(drawn)
        shown = set(found)
        for what, by in tried.items():
            found.setdefault(what, {}).update(by)
        if any(name in by for by in tried.values() for name in names):
            drawn = f"{table(found, names, shown)}\n\n{releases(page)}"
            (DOCS / page).write_text(f"{before}{BEGIN}\n{drawn}\n{END}{after}", "utf-8")


def main(words: list[str]) -> None:
    """Try, and draw."""
    if words[:1] == ["--from"]:
        draw(Path(words[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        everyone = [name for names in PAGES.values() for name in names]
        for name in everyone if "--agents" in words else OURS:
            run(name, Path(folder))
        draw(Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
