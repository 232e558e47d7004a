"""A change as it is read: every row says what the files say, wherever and however it is shown."""

from __future__ import annotations

import os
import subprocess
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conductor import events as e
from conductor.fold import fold
from conductor.review.address import NEW, OLD, Spot
from conductor.review.concerns import concerns
from conductor.review.document import Document, Place
from conductor.review.files import File, files_of
from conductor.review.hunks import hunks_of
from conductor.review.index import PART, Index
from conductor.review.remarks import LEFT_OPEN, SECRET, TEST, Tally, remarks
from conductor.review.rows import BOX, CONTEXT, HEAD, HUNK, LINE, Insert, Rows
from conductor.review.search import search
from conductor.review.text import Pen, ready
from conductor.review.told import listed_in
from conductor.review.words import changed
from conductor.state import EMPTY, Record, Verify
from worktrees import readings

if TYPE_CHECKING:
    from pathlib import Path

LINES = st.lists(
    st.sampled_from(["a", "b", "  c", "def test_x():", "", "@@ -1 +1 @@", "diff --git a/x b/x"]),
    max_size=40,
)


def diffed(old: list[str], new: list[str]) -> tuple[File, list[str]]:
    """Make a file's diff as git would, by difflib, which writes the same format."""
    from difflib import unified_diff

    lines = list(unified_diff(old, new, "a/x.py", "b/x.py", lineterm=""))
    body = "\n".join(["diff --git a/x.py b/x.py", *lines, ""]).encode()
    file = File("x.py", None, "M", "100644", "100644", "1" * 40, "2" * 40, runs_code=False)
    index = Index([file])
    for at in range(0, len(body), 7):
        index.add(body[at : at + 7])
    index.end()
    return file, lines


@settings(max_examples=60)
@given(LINES, LINES, st.booleans())
def test_rows_say_what_the_files_say(old: list[str], new: list[str], columns: bool) -> None:
    file, lines = diffed(old, new)
    assert file.added == sum(line.startswith("+") for line in lines[2:])
    assert file.removed == sum(line.startswith("-") for line in lines[2:])
    rows = Rows(file, columns=columns)
    seen: tuple[list[int], list[int]] = ([], [])
    for number in range(rows.count):
        row = rows.row(number)
        assert row.number == number
        if row.kind != LINE:
            continue
        assert row.hunk is not None
        if row.old:
            assert row.hunk.lines[row.left][1:].decode() == old[row.old - 1]
            seen[0].append(row.old)
        if row.new:
            assert row.hunk.lines[row.right][1:].decode() == new[row.new - 1]
            seen[1].append(row.new)
        for side in (OLD, NEW):
            if (spot := row.spot("x.py", side)) is not None:
                assert rows.find(spot) == number
    for numbers in seen:
        assert numbers == sorted(set(numbers))
    for hunk in file.hunks:
        for run in hunk.runs:
            block = hunk.block(run, "x.py", "1", "2")
            cut = old[: block.old_line - 1], old[block.old_line - 1 + block.old_count :]
            added = new[block.new_line - 1 : block.new_line - 1 + block.new_count]
            assert len(cut[0]) + len(cut[1]) + block.old_count == len(old)
            assert added == [
                line[1:].decode() for line in hunk.lines[slice(*run)] if line[:1] == b"+"
            ]


@settings(max_examples=40)
@given(LINES, LINES)
def test_a_whole_file_is_shown_by_opening_every_gap(old: list[str], new: list[str]) -> None:
    file, _ = diffed(old, new)
    if not file.hunks:
        return
    file.content = [line.encode() for line in new]
    file.opened = dict.fromkeys(range(len(file.hunks) + 1), (1 << 30, 0))
    rows = [Rows(file).row(n) for n in range(Rows(file).count)]
    assert [row.new for row in rows if row.new] == list(range(1, len(new) + 1))
    assert [row.old for row in rows if row.old] == list(range(1, len(old) + 1))
    pen = Pen(file)
    for row in rows:
        if row.kind == CONTEXT:
            assert pen.context(row.new).text == ready(old[row.old - 1].encode())[0]
    assert not [row for row in rows if row.kind == HUNK]


@settings(max_examples=40)
@given(LINES, LINES, st.booleans(), st.data())
def test_what_is_put_under_a_line_stands_there(
    old: list[str], new: list[str], columns: bool, data: st.DataObject
) -> None:
    file, _ = diffed(old, new)
    line = data.draw(st.integers(0, len(new) + 3))
    plain = Rows(file, columns=columns)
    at = plain.find(Spot("x.py", NEW, line))
    rows = Rows(file, columns=columns, inserts={(NEW, line): [Insert("c1", 3)]})
    assert rows.count == plain.count + 3
    box = [n for n in range(rows.count) if rows.row(n).kind == BOX]
    assert box == list(range(box[0], box[0] + 3))
    assert [rows.row(n).at for n in box] == [0, 1, 2]
    if plain.row(at).new == line:
        assert box[0] == at + 1


def test_going_about_never_leaves_the_document() -> None:
    files = [diffed(["a"] * 30, ["a"] * n + ["b"] + ["a"] * 20)[0] for n in (3, 9, 12)]
    for at, file in enumerate(files):
        file.path = f"{at}.py"
    document = Document(files)
    places = [place for place, _ in document.walk(Place(0, 0))]
    assert len(places) == sum(document.at(n).count for n in range(3))
    for number, place in enumerate(places):
        assert document.step(Place(0, 0), number) == place
        assert document.step(document.end, number - len(places) + 1) == place
    assert document.step(places[3], -1000) == places[0]
    assert document.step(places[3], 1000) == document.end
    jumps = []
    place: Place | None = places[0]
    while (place := document.jump(place, LINE, 1)) is not None:
        jumps.append(place)
    assert len(jumps) == sum(len(hunk.runs) for file in files for hunk in file.hunks)
    assert document.jump(places[0], HEAD, 1) == Place(1, 0)
    found = search(document, "b", places[0], 1)
    assert found is not None
    assert document.row(found).new == 4


NAMES = [
    "plain.py", "with space.py", "umlaut-ä.py", 'quo"te.py', "back\\slash", "new\nline",
    "tab\tname", "bell\a", " b b ", "--option", "bad\udcff",
]  # fmt: skip


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    for words in (
        ["init", "-q", "-b", "main"], ["config", "user.name", "A"], ["config", "user.email", "a@b"],
    ):  # fmt: skip
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def commit(repo: Path) -> str:
    subprocess.run(["git", "add", "-A"], cwd=repo, check=True)
    subprocess.run(["git", "commit", "-qm", "x", "--allow-empty"], cwd=repo, check=True)
    out = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repo, check=True, capture_output=True)
    return out.stdout.decode().strip()


def read(repo: Path, base: str, head: str, *, ignore_space: bool = False) -> dict[str, File]:
    ends = readings.Ends(repo, base, head)
    files = files_of(readings.listed(ends))
    index = Index(files)
    for piece in readings.patch(ends, ignore_space=ignore_space):
        index.add(piece)
    index.end()
    return {file.path: file for file in files}


def test_every_file_gets_its_own_part_whatever_it_is_called(repo: Path) -> None:
    for name in NAMES:
        (repo / os.fsdecode(os.fsencode(name))).write_text("one\ntwo\n")
    base = commit(repo)
    for number, name in enumerate(NAMES):
        (repo / os.fsdecode(os.fsencode(name))).write_text("one\n" + "more\n" * (number + 1))
    head = commit(repo)
    files = read(repo, base, head)
    assert {name: file.added for name, file in files.items()} == {
        name: number + 1 for number, name in enumerate(NAMES)
    }
    text = b"".join(readings.patch(readings.Ends(repo, base, head)))
    assert {told.path for told in listed_in(text)} == set(NAMES)


def test_strange_files_are_told_in_words(repo: Path) -> None:
    (repo / "link").symlink_to("here")
    (repo / "turned").write_text("text\n")
    (repo / "tool").write_text("x\n")
    (repo / "moved.py").write_text("".join(f"line {n}\n" for n in range(30)))
    (repo / "Case.py").write_text("".join(f"case {n}\n" for n in range(30)))
    (repo / "blob").write_bytes(b"\0" * 100)
    (repo / "ends").write_text("no end")
    (repo / "crlf").write_bytes(b"one\r\ntwo\r\n")
    (repo / "spaces").write_text("a\nb\n")
    base = commit(repo)
    for name in ("link", "turned"):
        (repo / name).unlink()
    (repo / "link").symlink_to("there")
    (repo / "turned").symlink_to("elsewhere")
    (repo / "tool").chmod(0o755)
    (repo / "moved.py").rename(repo / "new.py")
    (repo / "Case.py").rename(repo / "case.py")
    (repo / "blob").write_bytes(b"\0" * 200)
    (repo / "ends").write_text("an end\n")
    (repo / "crlf").write_bytes(b"one\r\nTWO\r\n")
    (repo / "spaces").write_text("a\n    b\n")
    (repo / "long").write_text("x" * 1_000_000 + "\n")
    files = read(repo, base, commit(repo))
    said = {name: " ".join(file.notes) for name, file in files.items()}
    assert "symbolic link" in said["link"]
    assert said["turned"] == "was a file, is now a symbolic link"
    assert said["tool"] == "made executable"
    assert said["new.py"] == "renamed from moved.py"
    assert "only its case" in said["case.py"]
    assert files["blob"].binary
    assert [len(part.lines) for part in files["turned"].hunks] == [1, 2]
    assert b"\\" in files["ends"].hunks[0].signs
    assert Pen(files["crlf"]).line(files["crlf"].hunks[0], 1).returns
    long = Pen(files["long"]).line(files["long"].hunks[0], 0)
    assert (len(long.text), long.cut) == (4000, 996_000)
    assert not read(repo, base, "HEAD", ignore_space=True)["spaces"].read


def test_a_file_too_large_to_keep_is_counted_and_folded() -> None:
    file = File("x.py", None, "A", "0" * 6, "100644", "0" * 40, "2" * 40, runs_code=False)
    count = PART // 4
    body = b"diff --git a/x.py b/x.py\nnew file mode 100644\n--- /dev/null\n+++ b/x.py\n"
    body += b"@@ -0,0 +1,%d @@\n" % count + b"+12345\n" * count
    index = Index([file])
    for at in range(0, len(body), 1 << 16):
        index.add(body[at : at + (1 << 16)])
        assert len(index._rest) <= PART + (1 << 16)
    index.end()
    assert (file.added, file.removed, file.lines) == (count, 0, count + 1)
    assert file.too_large
    assert file.folded


@given(st.binary(max_size=60))
def test_any_bytes_become_one_harmless_line(raw: bytes) -> None:
    text = ready(raw.replace(b"\n", b""))[0]
    assert not [char for char in text if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]


def test_only_the_words_that_differ_are_marked() -> None:
    old, new = changed("    return total + price", "    return total + tax(price)")
    assert ["    return total + price"[a:b] for a, b in old] == []
    assert ["    return total + tax(price)"[a:b] for a, b in new] == ["tax(", ")"]
    assert changed("import os", "print(1)") == ((), ())


def test_hunks_of_nothing() -> None:
    assert hunks_of(b"") == []
    assert hunks_of(b"diff --git a/x b/x\nBinary files differ\n") == []


STORY = [
    e.TaskAdded("t1", "One", "One", "/r"), e.TaskAdded("t2", "Two", "Two", "/r"),
    e.SessionClaimed("s1", "t1", "x", "y"), e.SessionClaimed("s2", "t2", "x", "y"),
    e.SessionStarted("s1", 1), e.SessionStarted("s2", 2),
    e.TaskAdded("t3", "Three", "Three", "/r"), e.SessionClaimed("s3", "t3", "x", "y"),
    e.SnapshotTaken("s1", "1" * 40, "2" * 40, ("src/a.py",), (), 1, 1),
    e.SnapshotTaken("s2", "3" * 40, "4" * 40, ("src/a.py",), (), 1, 1),
    e.SnapshotTaken("s3", "5" * 40, "6" * 40, ("src/a.py",), (), 1, 1),
    e.SessionIdle("s1", "hook", "All done. I assumed UTC. Is that right? It is fast."),
    e.ReviewReady("t1", "s1", "1" * 40),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "line", "kinds"),
    [
        ("src/a.js", 'it("counts")  // TODO', {LEFT_OPEN}),
        ("src/a.js", 'test("x", "ghp_abcdefghij0123456789abcd")', {SECRET}),
        ("tests/a.test.js", 'test("x", "ghp_abcdefghij0123456789abcd")', {TEST, SECRET}),
        ("src/a.js", "// TODO: TODO", {LEFT_OPEN}),
    ],
)
def test_one_thing_in_a_line_hides_no_other(path: str, line: str, kinds: set[str]) -> None:
    file, _ = diffed(["x"], [line])
    file.path = path
    found = [one.kind for one in remarks(file) if one.added]
    assert sorted(found) == sorted(kinds)


def test_what_a_colleague_would_ask_about() -> None:
    state = fold(EMPTY, [Record(n, float(n), fact) for n, fact in enumerate(STORY, 1)])
    task, session = state.tasks["t1"], state.sessions["s1"]
    old = ["def test_a():", "def test_b():", "x = 1"]
    new = ["@pytest.mark.skip", "def test_a():", "x = 1  # TODO", "breakpoint()", "<<<<<<< ours"]
    new += ['KEY = "ghp_abcdefghij0123456789abcd"']
    file, _ = diffed(old, new)
    file.path = "tests/test_x.py"
    gone, _ = diffed(["def test_c():"], [])
    gone.path, gone.status = "tests/test_c.py", "D"
    shared, _ = diffed(["a"], ["b"])
    shared.path = "src/a.py"
    shared.added = 3000
    build, _ = diffed(["a"], ["b"])
    build.path, build.runs_code = "package.json", True
    files = [build, file, gone, shared]
    tally = Tally()
    for one in files:
        tally.take(remarks(one))
    said = [one.text for one in concerns(state, task, session, files, tally)]
    for words in (
        "changes what runs: package.json", "no check has run", "? Is that right?",
        "I assumed UTC.", "tests removed: tests/test_c.py", "1 test fewer", "skips a test",
        "what looks like a key", "a conflict marker", "a debugging line", "leaves a TODO",
        "dependencies: package.json", "large: src/a.py",
        "t2 and t3 are changing the same: src/a.py",
    ):  # fmt: skip
        assert [one for one in said if words in one], (words, said)
    assert said[0].startswith("‼")
    assert not [one for one in said if "All done" in one or "It is fast" in one]
    beside = concerns(state, task, session, files, tally, compared=True)
    assert {"blocked", "waiting", "limited"} >= {one.ink for one in beside}
    misfit = concerns(state, task, session, [shared], None, clashes=("main", ["src/a.py"]))
    assert misfit[0].text.startswith("⇄ conflicts with main as it is now: src/a.py")
    assert concerns(state, task, session, [shared], Tally())[0].text.startswith("? Is")
    checked = Verify("1" * 40, "2" * 40, "review", ok=True, since=1.0, flaky=True)
    flaky = concerns(state, task.but(checked=checked), session, [shared], Tally())
    assert "it is flaky" in flaky[1].text
