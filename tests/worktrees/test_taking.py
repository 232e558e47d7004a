"""Taking a part of a change: what is taken and what is left add up, and nobody's files are touched.

Trees are compared with what plain git makes of the same content.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worktrees.conftest import Sandbox, new_sandbox
from worktrees import changes, hunks, objects, parts, taking
from worktrees.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

LINES = st.lists(
    st.sampled_from(["a", "b", "c", "", "é", "x" * 60, "@@ -1 +1 @@", "\\ No newline", "d\r"]),
    max_size=12,
)
CONTENT = st.builds(
    lambda lines, ends, stop: ends.join(lines) + (ends if stop and lines else ""),
    LINES, st.sampled_from(["\n", "\r\n"]), st.booleans(),
).map(str.encode)  # fmt: skip


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with tempfile.TemporaryDirectory() as folder:
        yield new_sandbox(Path(folder))


def change(box: Sandbox, before: bytes | None, after: bytes | None) -> tuple[str, str]:
    """Make a change of one file, as two trees; None is no file."""

    def made(*words: str, given: bytes) -> str:
        done = subprocess.run(("git", *words), cwd=box.root, input=given, capture_output=True)  # noqa: PLW1510
        return done.stdout.decode().strip()

    trees = []
    for text in (before, after):
        blob = made("hash-object", "-w", "--stdin", given=text or b"")
        entry = b"" if text is None else f"100644 blob {blob}\tf\n".encode()
        trees.append(made("mktree", given=entry))
    return trees[0], trees[1]


def content(box: Sandbox, tree: str, path: str = "f") -> bytes | None:
    (found,) = objects.blobs(box.root, tree, [path])
    return found.start if found else None


def part(box: Sandbox, ends: tuple[str, str], **left: tuple[str, ...]) -> str:
    files = parts.read(box.root, *ends)
    return taking.tree(box.root, ends[1], files, left)


def tree_of(box: Sandbox, commit: str) -> str:
    return box.git("rev-parse", f"{commit}^{{tree}}")


def edits_of(before: bytes, after: bytes, box: Sandbox) -> tuple[hunks.Edit, ...]:
    found = parts.read(box.root, *change(box, before, after))
    return found[0].edits if found else ()


@settings(max_examples=30)
@given(CONTENT, CONTENT, st.randoms(use_true_random=False))
def test_what_is_taken_and_what_is_left_are_the_whole(
    shared: Sandbox, before: bytes, after: bytes, chance: Random
) -> None:
    ends = change(shared, before, after)
    files = parts.read(shared.root, *ends)
    everything = {file.path: file.parts for file in files}
    assert taking.tree(shared.root, ends[1], files, everything) == ends[0]
    edits = files[0].edits if files else ()
    assert hunks.taken(before, edits, ()) == after
    _every_line_is_either_taken_or_left(before, edits, chance)
    _a_split_at_any_line_leaves_halves(before, edits)


def _every_line_is_either_taken_or_left(
    before: bytes, edits: tuple[hunks.Edit, ...], chance: Random
) -> None:
    names, expected = [], _lines(before)
    for edit in edits:
        some = hunks.Lines(
            frozenset(n for n in range(len(edit.olds)) if chance.random() < 0.5),
            frozenset(n for n in range(len(edit.news)) if chance.random() < 0.5),
        )
        name = hunks.write(edit.address, edit, some)
        assert hunks.read(edit, [name]) == some
        names.append(name)
        for number, line in enumerate(edit.olds):
            if number not in some.olds:
                expected.remove(line.removesuffix(b"\n"))
        taken = [line for n, line in enumerate(edit.news) if n not in some.news]
        expected += [line.removesuffix(b"\n") for line in taken]
    assert sorted(_lines(hunks.taken(before, edits, names))) == sorted(expected)


def _a_split_at_any_line_leaves_halves(before: bytes, edits: tuple[hunks.Edit, ...]) -> None:
    for edit in edits:
        whole = hunks.all_of(edit)
        signs = [("-", n) for n in range(len(edit.olds))] + [
            ("+", n) for n in range(len(edit.news))
        ]
        for at in range(len(signs) + 1):
            first = _of(signs[:at])
            both = [
                hunks.write(edit.address, edit, half) for half in (first, whole - first) if half
            ]
            assert hunks.read(edit, both) == whole
            others = [one.address for one in edits if one is not edit]
            assert hunks.taken(before, edits, [*both, *others]) == before


def _of(shown: list[tuple[str, int]]) -> hunks.Lines:
    return hunks.Lines(
        frozenset(n for sign, n in shown if sign == "-"),
        frozenset(n for sign, n in shown if sign == "+"),
    )


def _lines(text: bytes) -> list[bytes]:
    return text.removesuffix(b"\n").split(b"\n") if text else []


def test_one_hunk_of_two_is_taken(box: Sandbox) -> None:
    old = [f"{n}\n" for n in range(40)]
    new = list(old)
    new[2], new[30] = "two\n", "thirty\n"
    ends = change(box, "".join(old).encode(), "".join(new).encode())
    (file,) = parts.read(box.root, *ends)
    assert file.hunk_count == 2
    tree = part(box, ends, f=file.in_hunk(2))
    assert content(box, tree) == "".join([*old[:2], "two\n", *old[3:]]).encode()


def test_lines_that_stay_keep_their_place(box: Sandbox) -> None:
    (edit,) = edits_of(b"a\nb\n", b"x\ny\nz\n", box)
    for left, made in {
        "/-0:2": b"a\nb\nx\ny\nz\n",
        "/-1:2": b"x\nb\ny\nz\n",
        "/-1:2,+1:2": b"x\nb\nz\n",
        "/+0:3": b"",
        "/-0:1": b"a\nx\ny\nz\n",
    }.items():
        assert hunks.taken(b"a\nb\n", [edit], [edit.address + left]) == made, left


def test_a_new_file_is_taken_in_part_or_not_at_all(box: Sandbox) -> None:
    ends = change(box, None, b"one\ntwo\n")
    (file,) = parts.read(box.root, *ends)
    assert part(box, ends, f=file.parts) == tree_of(box, ends[0])
    assert content(box, part(box, ends, f=(f"{file.parts[0]}/+1:2",))) == b"one\n"


def test_of_a_deleted_file_lines_may_stay(box: Sandbox) -> None:
    ends = change(box, b"one\ntwo\n", None)
    (file,) = parts.read(box.root, *ends)
    assert part(box, ends) == tree_of(box, ends[1])
    assert part(box, ends, f=file.parts) == tree_of(box, ends[0])
    assert content(box, part(box, ends, f=(f"{file.parts[0]}/-1:2",))) == b"two\n"


def test_the_name_the_mode_and_the_lines_of_a_renamed_file_are_taken_apart(box: Sandbox) -> None:
    text = "".join(f"line {n}\n" for n in range(30))
    box.write("old name", text)
    base = box.commit()
    box.git("mv", "old name", "new\tname")
    box.write("new\tname", text + "more\n").chmod(0o755)
    ends = (base, box.commit())
    (file,) = parts.read(box.root, *ends)
    kinds = dict(file.whole)
    assert set(kinds) == {hunks.NAME, hunks.MODE}
    assert len(file.edits) == 1
    new = "new\tname"
    kept = {kind: part(box, ends, **{new: (name,)}) for kind, name in kinds.items()}
    kept["lines"] = part(box, ends, **{new: (file.edits[0].address,)})
    shown = {kind: box.git("ls-tree", "-z", tree).split("\0") for kind, tree in kept.items()}
    by = {k: next(x for x in lines if "name" in x) for k, lines in shown.items()}
    assert by[hunks.NAME].startswith("100755")
    assert by[hunks.NAME].endswith("\told name")
    assert by[hunks.MODE].startswith("100644")
    assert by[hunks.MODE].endswith("\tnew\tname")
    assert by["lines"].startswith("100755")
    assert content(box, kept["lines"], new) == text.encode()
    assert content(box, kept[hunks.MODE], new) == f"{text}more\n".encode()
    assert part(box, ends, **{new: file.parts}) == tree_of(box, base)


def test_what_has_no_lines_is_taken_whole(box: Sandbox) -> None:
    box.write("binary", b"\0\1")
    box.write("plain", "text\n")
    base = box.commit()
    box.write("binary", b"\0\2")
    box.write("empty", b"")
    (box.root / "plain").unlink()
    (box.root / "plain").symlink_to("binary")
    ends = (base, box.commit())
    files = {file.path: file for file in parts.read(box.root, *ends)}
    assert {path: [kind for kind, _ in file.whole] for path, file in files.items()} == {
        "binary": ["whole"], "empty": ["whole"], "plain": ["whole"],
    }  # fmt: skip
    tree = part(box, ends, plain=files["plain"].parts, empty=files["empty"].parts)
    assert content(box, tree, "plain") == b"text\n"
    assert content(box, tree, "binary") == b"\0\2"
    assert content(box, tree, "empty") is None


def test_odd_names_are_found_in_the_diff(box: Sandbox) -> None:
    names = ["a b", 'q"uote', "tab\t", "new\nline", "é", "\x1b[31m", "b/a b/x"]
    for name in names:
        box.write(name, "1\n")
    base = box.commit()
    for name in names:
        box.write(name, "2\n")
    ends = (base, box.commit())
    files = parts.read(box.root, *ends)
    assert sorted(file.path for file in files) == sorted(names)
    assert all(len(file.edits) == 1 for file in files)


def test_what_was_left_means_nothing_once_it_changed(box: Sandbox) -> None:
    ends = change(box, b"a\nb\n", b"a\nc\n")
    (file,) = parts.read(box.root, *ends)
    after = change(box, b"a\nb\n", b"a\nd\n")
    (other,) = parts.read(box.root, *after)
    assert file.still_left(file.parts) == file.parts
    assert other.still_left(file.parts) == ()
    assert part(box, after, f=file.parts) == tree_of(box, after[1])


def test_the_commit_of_what_is_taken_touches_no_checkout(box: Sandbox) -> None:
    worktree = box.worktree()
    box.write("README", "one\n2\nthree\n", worktree.path)
    box.write("more", "more\n", worktree.path)
    offered = box.commit(cwd=worktree.path)
    base = box.git("rev-parse", "HEAD")
    index = (worktree.git_dir / "index").read_bytes()
    (file,) = parts.read(box.root, base, offered, ["README"])
    made = taking.commit(box.repo, base, offered, {"README": file.parts}, "refs/conductor/taken/s1")
    assert box.git("diff", "--name-only", base, made) == "more"
    assert box.git("rev-parse", "refs/conductor/taken/s1") == made
    assert box.git("rev-parse", f"{made}^2") == offered
    assert (worktree.git_dir / "index").read_bytes() == index
    assert box.git("status", "--porcelain", cwd=worktree.path) == ""
    everything = {one.path: one.parts for one in parts.read(box.root, base, offered)}
    with pytest.raises(GitError, match="Nothing of the change was taken"):
        taking.commit(box.repo, base, offered, everything, "refs/conductor/taken/s1")


def test_parts_are_shown_in_the_hunks_of_the_diff(box: Sandbox) -> None:
    before = b"".join(b"%d\n" % n for n in range(60))
    after = before.replace(b"\n10\n", b"\nten\n").replace(b"\n12\n", b"\n").replace(b"50\n", b"")
    ends = change(box, before, after)
    (file,) = parts.read(box.root, *ends)
    (patch,) = changes.index(b"".join(changes.diff_text(box.root, *ends)))
    assert file.hunk_count == len(patch.hunks) == 2
    assert [edit.hunk for edit in file.edits] == [1, 1, 2]
