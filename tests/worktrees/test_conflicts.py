"""Conflicts taken apart: which side has what, and where both changed the same lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worktrees.conflicts import LARGEST, Clash, Region, clashes, has_markers

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox

Files = dict[str, str | bytes | None]


def apart(box: Sandbox, base: Files, ours: Files, theirs: Files) -> dict[str, Clash]:
    """Make both sides of a conflict and take it apart."""

    def side(files: Files) -> str:
        for path, content in files.items():
            if content is None:
                (box.root / path).unlink()
            else:
                box.write(path, content)
        return box.commit()

    start = side(base)
    onto = side(ours)
    box.git("checkout", "-q", "-b", "change", start)
    change = side(theirs)
    box.git("checkout", "-q", "main")
    found = clashes(box.repo, onto, change, ("main", "t7"))
    return {one.path: one for one in found.files}


def test_what_both_began_with_and_what_each_made_of_it(box: Sandbox) -> None:
    lines = "".join(f"{n}\n" for n in range(20))
    found = apart(
        box,
        {"a": lines, "same": "x\n"},
        {"a": lines.replace("3\n", "three\n", 1).replace("15\n", "")},
        {"a": lines.replace("3\n", "drei\n", 1).replace("15\n", "XV\n")},
    )
    assert list(found) == ["a"]
    assert (found["a"].kind, found["a"].base) == ("changed", lines.encode())
    assert found["a"].regions == (
        Region(4, ("3",), ("three",), ("drei",)),
        Region(22, ("15",), (), ("XV",)),
    )
    assert has_markers(found["a"].marked)
    assert "||||||| what both began with\n3\n=======" in found["a"].marked
    assert not has_markers(lines)


def test_what_no_editor_can_settle_is_named_for_what_it_is(box: Sandbox) -> None:
    big = "x" * LARGEST
    found = apart(
        box,
        {"gone": "1\n", "kept": "1\n", "bin": b"\0a", "big": f"{big}1", "odd\nname \x1b": "1\n"},
        {"gone": None, "kept": "2\n", "bin": b"\0b", "big": f"{big}2", "odd\nname \x1b": "2\n",
         "new": "2\n"},
        {"gone": "3\n", "kept": None, "bin": b"\0c", "big": f"{big}3", "odd\nname \x1b": "3\n",
         "new": "3\n"},
    )  # fmt: skip
    assert {path: one.kind for path, one in found.items()} == {
        "gone": "deleted here", "kept": "deleted there", "bin": "binary", "big": "large",
        "odd\nname \x1b": "changed", "new": "added",
    }  # fmt: skip
    assert found["gone"].ours is None
    assert found["new"].regions == (Region(1, (), ("2",), ("3",)),)


def test_lines_that_look_like_markers_are_taken_for_text(box: Sandbox) -> None:
    odd = "<<<<<<< not ours\n=======\n>>>>>>> at all\n"
    found = apart(box, {"a": f"{odd}1\n"}, {"a": f"{odd}2\n"}, {"a": f"{odd}3\n"})
    assert found["a"].regions == (Region(4, ("1",), ("2",), ("3",)),)


def test_what_fits_has_no_conflict(box: Sandbox) -> None:
    assert apart(box, {"a": "1\n"}, {"b": "2\n"}, {"c": "3\n"}) == {}
