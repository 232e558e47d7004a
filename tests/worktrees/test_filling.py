"""A worktree written by several gits at once is the one that git itself would have written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.worktrees.conftest import new_sandbox
from worktrees import filling, git, trees
from worktrees.errors import GitError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.worktrees.conftest import Sandbox

PARTS = 3


@pytest.fixture(autouse=True)
def _few_files_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "WORTH", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: PARTS)


def strange(box: Sandbox) -> None:
    """Files of every kind, with folders that two gits need at once."""
    for number in range(40):
        box.write(f"deep/in/side/f{number:02}.txt", f"{number}\n" * 3)
    box.write("deep/.gitattributes", "*.bat eol=crlf\n*.bin binary\n")
    box.write("deep/run.bat", "a\nb\n")
    box.write("deep/in/x.bin", bytes(range(256)))
    box.write("name\nwith\tnewline", "x")
    box.write("long/" + "n" * 200, "long")
    box.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    (box.root / "link").symlink_to("deep/in")
    box.git("add", "-A")
    oid = box.git("rev-parse", "HEAD")
    box.git("update-index", "--add", "--cacheinfo", f"160000,{oid},vendored")
    box.git("commit", "-qm", "Strange")


def looks(folder: Path) -> dict[str, object]:
    """What lies in a folder: kinds, modes and contents."""
    found: dict[str, object] = {}
    for above, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = os.path.join(above, name)
            if name == ".git":
                continue
            kind: object = "folder"
            if os.path.islink(path):
                kind = os.readlink(path)
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    kind = (os.stat(path).st_mode, file.read())
            found[os.path.relpath(path, folder)] = kind
    return found


def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that write files, as they come."""
    seen: list[str] = []
    run = git.run

    def note(place: object, *words: str, **more: object) -> bytes:
        seen.extend(word for word in words if word in {"checkout-index", "read-tree"})
        return run(place, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(git, "run", note)
    return seen


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_it_is_what_git_would_have_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("GIT_DEFAULT_HASH", kind)
    box = new_sandbox(tmp_path / "box")
    strange(box)
    plain = tmp_path / "plain"
    box.git("worktree", "add", "-q", "--detach", str(plain))
    seen = watched(monkeypatch)

    tree = box.worktree()

    assert seen.count("checkout-index") == PARTS + 1  # one for the attributes
    assert looks(tree.path) == looks(plain)
    assert (tree.path / "deep/run.bat").read_bytes() == b"a\r\nb\r\n"
    assert box.git("status", "--porcelain", cwd=tree.path) == ""
    assert box.git("ls-files", "-s", cwd=tree.path) == box.git("ls-files", "-s", cwd=plain)
    box.git("fsck", "--strict", cwd=tree.path)
    # Each file is known by its time: none has to be read for git to see that it is unchanged.
    unknown = box.git("diff-files", "--name-only", cwd=tree.path)
    assert unknown == ""


def test_the_next_ones_save_reading_the_same_commit(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange(box)
    first = box.worktree("first")
    seen = watched(monkeypatch)
    second = box.worktree("second")
    assert "read-tree" not in seen
    assert looks(second.path) == looks(first.path)
    assert box.git("diff-files", "--name-only", cwd=second.path) == ""
    assert box.git("status", "--porcelain", cwd=second.path) == ""

    box.write("deep/in/side/new", "new\n")
    box.commit()
    third = box.worktree("third")
    assert seen.count("read-tree") == 1
    assert (third.path / "deep/in/side/new").exists()
    assert box.git("status", "--porcelain", cwd=third.path) == ""


def test_an_index_of_another_kind_is_left_to_git(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.git("config", "index.version", "4")
    seen = watched(monkeypatch)
    tree = box.worktree()
    assert seen == ["read-tree", "read-tree"]
    assert box.git("status", "--porcelain", cwd=tree.path) == ""


def test_half_a_worktree_is_completed(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the gits fails, as on a full disk; the next try finds some of the files there."""
    run = git.run

    def fail(place: object, *words: str, **more: object) -> bytes:
        if "checkout-index" in words and "part-1" in str(more["env"]):
            raise GitError("error: unable to write file README: No space left on device")
        return run(place, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(git, "run", fail)
    with pytest.raises(GitError, match="No space left"):
        box.worktree()
    monkeypatch.setattr(git, "run", run)

    tree = box.worktree()

    assert box.git("status", "--porcelain", cwd=tree.path) == ""
    assert (tree.path / "README").read_text() == "one\ntwo\nthree\n"
    assert trees.find(box.repo, tree.path).locked == "conductor: in use"
    assert not [name for name in os.listdir(tree.git_dir) if name.startswith("conductor-")]
