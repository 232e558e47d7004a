"""Whatever a change can hold is said in words on the real screen, and nothing of it steers it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conductor import events as e
from conductor.review.address import NEW, Spot

if TYPE_CHECKING:
    from tests.tui.conftest import Person
    from tests.tui.project import Project

PICTURE = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    + (640).to_bytes(4)
    + (480).to_bytes(4)
    + b"\x08\x06"
    + bytes(3000)
)
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"
NAMES = ("new\nline.txt", "esc\x1b[31mred.txt", "tab\there.txt", "-rf", "rtl\u202egnp.exe")


def before(project: Project) -> None:
    box = project.box
    box.write("run.sh", "#!/bin/sh\n")
    box.write("Case.txt", "one\n")
    (box.root / "link").symlink_to("run.sh")
    box.write("crlf.txt", "a\r\nb\r\nc\r\n")
    box.write("end.txt", "no end")
    box.write("nul.bin", b"x\0y")
    box.write("latin.txt", b"\xff\xfe bad\nok\n")
    box.write("large.psd", POINTER.format("1" * 64, 12345))
    box.write("long.txt", "x" * 1_000_000 + "\n")
    sub = box.folder / "sub"
    box.git("init", "-q", str(sub), cwd=box.folder)
    box.git("config", "user.name", "A", cwd=sub)
    box.git("config", "user.email", "a@example.org", cwd=sub)
    for words in ("one", "two"):
        box.write("s", words, sub)
        box.commit(words, cwd=sub)
    box.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(sub), "sub")
    project.base = box.commit("Odd already")


def after(project: Project) -> None:
    box = project.box
    (box.root / "run.sh").chmod(0o755)
    box.git("mv", "Case.txt", "case.txt")
    (box.root / "link").unlink()
    (box.root / "link").symlink_to("/etc/passwd")
    box.write("crlf.txt", "a\r\nB\nc\r\n")
    box.write("end.txt", "no end\nmore")
    box.write("nul.bin", b"x\0z" * 10)
    box.write("latin.txt", b"\xff\xfe bad\nok \x1b]52;c;aGk=\x07\n")
    box.write("large.psd", POINTER.format("2" * 64, 99999))
    box.write("long.txt", "x" * 500_000 + "Y" + "x" * 500_000 + "\n")
    box.write("shot.png", PICTURE)
    for name in NAMES:
        box.write(name, "hello\n")
    box.git("checkout", "-q", "HEAD^", cwd=box.root / "sub")
    project.first = project.second = box.commit("Odd things")


async def seen(person: Person, project: Project, *words: str) -> None:
    """Page through the whole change and see each of these somewhere."""
    view, missing, last = project.room(person).reading.diff.view, set(words), None
    await person.press("home")
    while missing and last != (last := (view.top, view.sub, view.cursor)):
        missing = {one for one in missing if one not in person.drawn}
        await person.press("pagedown")
    assert not missing, missing


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_odd_things_are_said_in_words(project: Project, size: tuple[int, int]) -> None:
    before(project)
    after(project)
    project.tell()
    async with project.sit(size) as person:
        await seen(
            person, project, "made executable", "(only its case)", "a symbolic link",
            "+/etc/passwd", "-b␍",
            "No newline at the end", "binary, 30 bytes; it was 3 bytes", "� bad", "ok ␛52;c;aGk=",
            "kept in LFS", "picture, 640x480", "a submodule: only the commit it stands at",
            "new␊line.txt", "esc␛red.txt", "tab␉here.txt", "-rf", "rtl\ufffdgnp.exe", "-xxxx",
        )  # fmt: skip
        assert "\x1b]52" not in person.sent
        room = project.room(person)
        left = [file.path for file in room.reading.diff.document.files]
        for path in left:  # every one of them can be left out, and taken again
            room.reading.diff.go(Spot(path, NEW, 0))
            await person.press("space")
        assert {one.path for one in person.written if isinstance(one, e.HunksLeft)} == set(left)


async def test_a_worktree_that_goes_away_takes_nothing_along(project: Project) -> None:
    project.tell()
    async with project.sit() as person:
        shutil.move(project.box.root / "src", project.box.root / "elsewhere")
        await person.press("d", "d", "d")
        await person.comes("what its agent has not committed", "elsewhere")
        there = project.box.root.rename(Path(project.box.folder, "moved"))
        await person.press("d")
        await person.until(lambda: "The worktree of s1 is gone" in person.told)
        there.rename(project.box.root)
        await person.press("d")
        await person.comes("whole change", "return 20 + 1")
