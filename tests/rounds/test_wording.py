"""What agents are told, and what is understood of what they say."""

from __future__ import annotations

from conductor.rounds.opinions import MOST, Remark, remarks
from conductor.rounds.said import Comment
from conductor.rounds.wording import opinion, question, round_of

ONE = Comment(
    "c1", "src/app.py", "new", 3, 4, "a" * 40, "b" * 40, "x = 1\ny = 2", "Why two?", None,
    "person", None, 0.0,
)  # fmt: skip


def test_a_round_is_one_prompt_that_any_agent_can_read() -> None:
    told = round_of(
        "Nearly there.",
        [ONE, ONE.but(side="old", last=3, text="", suggestion="z = 3\n")],
        [ONE.but(path="b", quoted="a ``` b")],
        ["README"],
    )
    assert told == (
        "Nearly there.\n\n"
        "Please answer each of these comments on your change by changing it, or say why not. "
        "Line numbers are those of the change as I read it.\n\n"
        "1. src/app.py:3-4\n```\nx = 1\ny = 2\n```\nWhy two?\n\n"
        "2. src/app.py:3 (as it was before your change)\n```\nx = 1\ny = 2\n```\n"
        "Suggested instead:\n```\nz = 3\n```\n\n"
        "I see no answer yet to these, from an earlier round:\n\n"
        "3. b:3-4\n````\na ``` b\n````\nWhy two?\n\n"
        "I changed these files in your worktree myself; keep what I did: README."
    )


def test_only_what_is_quoted_is_cut() -> None:
    """An agent takes a suggestion for what it is to write, and a task for what was asked."""
    long = "".join(f"line {number}\n" for number in range(100))
    told = round_of("", [ONE.but(quoted=long, suggestion=long)])
    assert told.count("line 99") == 1
    assert "… 40 more lines" in told.partition("Suggested instead")[0]
    assert "line 99" in opinion("t1", "Title", long, "a", "b")


def test_a_question_asks_for_an_answer_only() -> None:
    told = question("Why?", "f", "new", 2, 2, "x")
    assert told == "A question about f:2:\n```\nx\n```\n\nWhy?\n\nOnly answer it; change no files."


def test_remarks_are_found_among_an_agents_words() -> None:
    words = (
        "I read it all.\n\n"
        "src/app.py:12: this loses the last line\n"
        "- `./b c.py:3-5`: **two** names\n  for one thing\n"
        "2. **a/src/app.py:7** — late\n"
        "other.py:1: not in the change\n"
        "time 12:30: a meeting\n\n"
        "I would not let it land.\x1b[2J"
    )
    found, rest = remarks(words, {"src/app.py", "b c.py"})
    assert found == [
        Remark("src/app.py", 12, 12, "this loses the last line"),
        Remark("b c.py", 3, 5, "**two** names\nfor one thing"),
        Remark("src/app.py", 7, 7, "late"),
    ]
    assert rest.startswith("I read it all.")
    assert "other.py:1: not in the change" in rest
    assert "\x1b" not in rest


def test_a_remark_may_be_on_a_file_with_brackets_in_its_name() -> None:
    paths = {"app/[id]/page.tsx", "[lang].ts"}
    words = "- `app/[id]/page.tsx:3`: late\n[app/[id]/page.tsx:4]: linked\n[lang].ts:5: first"
    found, rest = remarks(words, paths)
    assert [(one.path, one.first) for one in found] == [
        ("app/[id]/page.tsx", 3), ("app/[id]/page.tsx", 4), ("[lang].ts", 5),
    ]  # fmt: skip
    assert not rest


def test_a_flood_of_remarks_is_bounded() -> None:
    found, rest = remarks("f:1: x\n" * 9999, {"f"})
    assert len(found) == MOST
    assert len(rest) <= 4000
