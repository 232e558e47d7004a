"""An evening by keys alone: eight agents change a shop of two thousand files, and one person reads.

Two rounds of comments, hunks left out, a conflict sent back, a train of five landed, one undone.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from conductor import acts
from conductor.journal import Journal
from conductor.state import TaskState
from tests.tui import thousands
from tests.tui.seat import DEADLINE, Seat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conductor.state import State

PRICING, SETTINGS = "shop/orders/pricing.py", "shop/settings.py"
MERGED = "ITEMS_IN_A_CART = 30  # people want 50, the van takes 10"
TOUCHED = ("access", "audit", "batch", "cache", "checks", "draft", "events", "export")
"""What the fifth task changes beside what the sixth does in the same files."""


def edit(path: str, *changes: str) -> str:
    return "sed -i " + " ".join(f"-e '{one}'" for one in changes) + f" {path}"


TASKS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Round all prices to cents",
     (edit(PRICING, "s/    return amount . rate . 100/    return int(amount * rate) \\/ 100/",
           "s/    return amount + tax.*/    cents = int(100 * amount)\\n"
           "    return cents \\/ 100 + tax(amount, rate) + shipping(parcels), CURRENCY/"),
      edit("docs/orders/totals.md", "$ a\\\\nTotals are in cents.")),
     "Totals are whole cents now. I am not sure about negative amounts."),
    ("Shorten net",
     (edit(PRICING, "/    amount = 0/,/    return amount$/c\\"
           "    return sum(line.count * line.price for line in lines)"),),
     "net is one line now."),
    ("Let carts hold 50 items",
     (edit(SETTINGS, "s/CART = 20/CART = 50/"),
      edit(".github/workflows/check.yml", "s/make check/make check carts/"),
      edit("shop.lock", "s/^name-7 = 7.0/name-7 = 7.1/")),
     "Done: carts hold 50, and the check knows."),
    ("Let carts hold 10 items",
     (edit(SETTINGS, "s/CART = 20/CART = 10/"),), "Carts hold 10 items."),
    ("Count what is looked for",
     tuple(edit(f"shop/orders/{one}.py", f"s/^def count_{one}/COUNTED = True\\n\\n\\n&/",
                "0,/    found = ../s//&\\n    print(\"looking\")/") for one in TOUCHED),
     "Every module counts. I left debugging lines in; shall I remove them?"),
    ("Say first where find is said",
     tuple(edit(f"shop/orders/{one}.py", "s/that match at least so much/that match/")
           for one in TOUCHED),
     "Shorter words in eight files."),
    ("Call labels names",
     ("git mv shop/offers/labels.py shop/offers/names.py",
      "git mv tests/offers/test_labels.py tests/offers/test_names.py",
      edit("shop/offers/names.py tests/offers/test_names.py", "s/_labels/_names/g",
           "s/offers.labels/offers.names/")),
     "Renamed, with its test."),
    ("Drop the old exports of units",
     ("git rm -q shop/units/export.py tests/units/test_export.py docs/units/export.md",),
     "They are gone."),
)  # fmt: skip
ROUNDS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Use round here",
     (edit(PRICING, "s/ int(amount . rate) . 100/ round(amount * rate \\/ 100, 2)/"),),
     "tax is rounded now."),
    ("And the cents",
     (edit(PRICING, "s/    cents = int(100 . amount)/    cents = round(100 * amount)/"),),
     "The cents, too."),
    ("conflicts with main",
     ("git add -A && git commit -q -m 'Let carts hold 10 items'",
      "git merge main; " + edit(SETTINGS, f"/^<<<<<<</,/^>>>>>>>/c\\{MERGED}"),
      "git add -A && git commit -q -m 'Merge main'"),
     "Merged: 30 is what both can live with."),
)  # fmt: skip


CHECK = """
verify = "while [ -e {} ]; do sleep 0.05; done; python3 -m compileall -q shop/orders"
review_limit = 20
"""


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Seat]:
    made = Seat(tmp_path, thousands.rehearsal([*ROUNDS, *TASKS]), slots=8, speed=100)
    thousands.fill(made.repo, CHECK.format(tmp_path / "wait"))
    made.places.make()
    with Journal(made.places.journal) as journal:
        acts.trust(journal, str(made.repo))
    yield made
    made.stand_up()


def at_review(*tasks: str) -> Callable[[State], bool]:
    return lambda now: all(now.tasks[one].state is TaskState.REVIEW for one in tasks)


def add_all(evening: Seat) -> None:
    """Write the eight tasks down, one after the other."""
    for number, (words, _, _) in enumerate(TASKS, 1):
        evening.press("n")
        evening.sees("What is to be done?")
        evening.type(words)
        evening.sees(words)
        evening.press("C-s")
        evening.until(lambda now, ident=f"t{number}": ident in now.tasks)
        evening.sees(gone=("What is to be done?",))


def headline(evening: Seat) -> str:
    """The title of the change that is read."""
    return evening.sees("▕").splitlines()[1].partition("▕")[2].strip().partition("  ")[0]


def read(evening: Seat, title: str, *shown: str) -> None:
    """Go on to the change with this title, and see that it is what is read."""
    for _ in TASKS:
        if (now := headline(evening)) == title:
            break
        evening.press("Tab")
        until = time.monotonic() + DEADLINE
        while headline(evening) == now:
            assert time.monotonic() < until, f"it stays at {now}"
    evening.sees(f"{title}  ◆ review", *shown)


def find(evening: Seat, words: str) -> None:
    """Go to the first line that says this."""
    evening.press("/")
    evening.sees("F1 Help")  # a key is a letter now
    evening.type(words)
    evening.press("Enter")
    evening.sees("? Help", gone=("F1 Help",))


def comment(evening: Seat, line: str, words: str) -> None:
    """Find a line by its words, and say something about it."""
    find(evening, line)
    evening.press("c")
    evening.sees("Comment on", "ctrl-s keep")
    evening.type(words)
    evening.press("C-s")
    evening.sees("draft", words, gone=("ctrl-s keep",))


def send_back(evening: Seat, words: str, rounds: int) -> None:
    """Send all that was said, and wait for what its agent makes of it."""
    evening.press("b")
    evening.sees("comment with it", words)
    evening.press("C-s")
    evening.until(lambda now: now.tasks["t1"].rounds == rounds)
    evening.until(at_review("t1"))
    evening.sees(f"answered · round {rounds}")


def leave_out(evening: Seat, line: str, times: int) -> None:
    """Leave out every block in which a line says this."""
    find(evening, line)
    for number in range(1, times + 1):
        evening.press("Space")
        evening.sees(f"{number} part{'s' if number > 1 else ''} left out  ")
        evening.press("n")


def approve(evening: Seat, number: int) -> None:
    """Let the change land that is read."""
    evening.press("y")
    evening.until(lambda now: now.tasks[f"t{number}"].state is not TaskState.REVIEW)


def lands(evening: Seat, number: int) -> None:
    evening.until(lambda now: now.tasks[f"t{number}"].state is TaskState.LANDED)


@pytest.mark.long
def test_an_evening_by_keys_alone(evening: Seat, tmp_path: Path) -> None:
    titles = {number: words for number, (words, _, _) in enumerate(TASKS, 1)}
    evening.sit_down(160, 45)
    evening.sees("No agent is at work", "New task")
    add_all(evening)
    evening.until(at_review(*(f"t{n}" for n in titles)))
    evening.press("r")

    read(evening, titles[1], "not sure about negative amounts", "t2 is changing the same")
    comment(evening, "int(amount", "Use round here")
    send_back(evening, "Use round here", 1)
    evening.sees("return round(amount * rate / 100, 2)", "d: what is new")
    comment(evening, "cents = int", "And the cents")
    send_back(evening, "And the cents", 2)
    evening.press("d")
    evening.sees("since you last looked", "+    cents = round(100 * amount)", gone=("Totals are",))

    (tmp_path / "wait").touch()
    approve(evening, 1)
    read(evening, titles[2], "+    return sum(line.count * line.price")
    approve(evening, 2)
    read(evening, titles[3], "changes what runs: .github/workflows/check.yml", "a lock file")
    approve(evening, 3)
    read(evening, titles[5], "shall I remove them?", "t6 is changing the same")
    leave_out(evening, "looking", len(TOUCHED))
    approve(evening, 5)
    read(evening, titles[7], "renamed from shop/offers/labels.py")
    approve(evening, 7)
    evening.press("L")
    evening.sees("project → main", *(f"t{n}" for n in (1, 2, 3, 5, 7)))
    (tmp_path / "wait").unlink()
    for number in (1, 2, 3, 7):
        lands(evening, number)
    evening.until(at_review("t5"))
    assert "looking" not in evening.shown("shop/orders/draft.py")
    assert "COUNTED" in evening.shown("shop/orders/draft.py")
    assert "sum(line.count" in evening.shown(PRICING)
    assert "round(100 * amount)" in evening.shown(PRICING)

    evening.press("r")
    read(evening, titles[5], "this is what you left out", '+    print("looking")')
    evening.press("x")
    evening.sees("ctrl-s reject")
    evening.type("No debugging lines.")
    evening.press("C-s")
    evening.until(lambda now: now.tasks["t5"].state is TaskState.REJECTED)

    read(evening, titles[4], "+ITEMS_IN_A_CART = 10")
    evening.sees("conflicts with main as it is now")
    evening.press("C")
    evening.sees("It conflicts with main in 1 file.", "ITEMS_IN_A_CART = 50", "To its agent")
    evening.press("b")
    evening.until(lambda now: now.tasks["t4"].rounds == 1)
    evening.until(at_review("t4"))
    evening.sees(f"+{MERGED}")
    approve(evening, 4)
    lands(evening, 4)
    assert MERGED in evening.shown(SETTINGS)

    read(evening, titles[8], "tests removed: tests/units/test_export.py")
    approve(evening, 8)
    lands(evening, 8)
    assert "shop/units/export.py" not in evening.git("ls-tree", "-r", "--name-only", "main")
    evening.sees("✔ landed", "Undo")
    evening.press("u")
    evening.until(at_review("t8"))
    assert "shop/units/export.py" in evening.git("ls-tree", "-r", "--name-only", "main")
    assert MERGED in evening.shown(SETTINGS), "only that one was taken back"
    read(evening, titles[6], "8 files +8 -8")
    approve(evening, 6)
    lands(evening, 6)
    assert evening.git("status", "--porcelain") == ""
    evening.press("C-q")
    evening.sees("left with 0")
