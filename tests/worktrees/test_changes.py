"""Reading what changed."""

from __future__ import annotations

import itertools
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worktrees.changes import (
    changed_files,
    diff_text,
    file_diff,
    index,
    merge_base,
    runs_code,
)
from worktrees.errors import GitError
from worktrees.objects import blobs

if TYPE_CHECKING:
    from tests.worktrees.conftest import Sandbox


def changed(box: Sandbox) -> tuple[str, str]:
    box.write("old name", "".join(f"line {number}\n" for number in range(30)))
    box.write("tool", "x\n")
    base = box.commit()
    (box.root / "old name").rename(box.root / "new\nname")
    with (box.root / "new\nname").open("a") as file:
        file.write("more\n")
    box.write("README", "one\nTWO\nthree\nfour\n")
    box.write("picture", b"\0\1\2")
    (box.root / "src/app.py").unlink()
    (box.root / "tool").chmod(0o755)
    box.write("Makefile", "all:\n")
    Path(os.fsdecode(os.fsencode(box.root) + b"/bad\xff")).write_text("x\n")
    return base, box.commit()


def test_changed_files(box: Sandbox) -> None:
    base, head = changed(box)
    files = {file.path: file for file in changed_files(box.root, base, head)}
    bad = os.fsdecode(b"bad\xff")
    assert {path: (file.status, file.added, file.removed) for path, file in files.items()} == {
        "new\nname": ("R", 1, 0),
        "README": ("M", 2, 1),
        "picture": ("A", None, None),
        "src/app.py": ("D", 0, 1),
        "tool": ("M", 0, 0),
        "Makefile": ("A", 1, 0),
        bad: ("A", 1, 0),
    }
    assert files["new\nname"].old_path == "old name"
    assert files["picture"].binary
    assert {path for path, file in files.items() if file.runs_code} == {"Makefile", "tool"}
    assert changed_files(box.root, head, head) == []


def test_diff_text_and_its_index(box: Sandbox) -> None:
    base, head = changed(box)
    text = b"".join(diff_text(box.root, base, head))
    patches = index(text)
    assert len(patches) == 7
    assert b"".join(patch.text for patch in patches) == text
    (readme,) = index(b"".join(diff_text(box.root, base, head, ["README"])))
    (hunk,) = readme.hunks
    assert (hunk.old_line, hunk.old_count, hunk.new_line, hunk.new_count) == (1, 3, 1, 4)
    assert readme.lines(hunk) == (*("@@ -1,3 +1,4 @@", " one", "-two", "+TWO", " three", "+four"),)
    assert readme.header[-1] == "+++ b/README"


def test_file_diff_of_a_renamed_file_knows_its_old_name(box: Sandbox) -> None:
    base, head = changed(box)
    renamed = next(file for file in changed_files(box.root, base, head) if file.old_path)
    text = file_diff(box.root, base, head, renamed)
    assert b"rename from old name" in text
    assert text.count(b"\n+") == 2


def test_the_first_piece_comes_without_the_rest(box: Sandbox) -> None:
    base = box.git("rev-parse", "HEAD")
    for number in range(20):
        box.write(f"big/{number}", f"line {number}\n" * 50_000)
    head = box.commit()
    pieces = diff_text(box.root, base, head)
    first = next(pieces)
    assert first.startswith(b"diff --git ")
    pieces.close()


def test_names_that_look_like_options_are_names(box: Sandbox) -> None:
    base = box.git("rev-parse", "HEAD")
    box.write("--output=x", "a\n")
    box.write("*", "b\n")
    head = box.commit()
    assert len(index(b"".join(diff_text(box.root, base, head, ["--output=x"])))) == 1
    assert len(index(b"".join(diff_text(box.root, base, head, ["*"])))) == 1
    for name in ("--output=/tmp/x", "-p", ""):
        with pytest.raises(GitError):
            changed_files(box.root, name, head)


def test_merge_base(box: Sandbox) -> None:
    base = box.git("rev-parse", "HEAD")
    tree = box.worktree()
    ours, theirs = box.commit("Ours"), box.commit("Theirs", cwd=tree.path)
    assert merge_base(box.root, ours, theirs) == base


LINE = st.binary(max_size=12).map(lambda line: line.replace(b"\n", b" ").replace(b"\0", b" "))
BODY = st.lists(
    st.one_of(
        LINE, st.sampled_from([b"@@ -1 +1 @@", b"diff --git a/x b/x", b"-- x", b"++ y", b""])
    ),
    max_size=30,
).map(b"\n".join)


@given(BODY, BODY)
@settings(max_examples=40)
def test_no_content_is_taken_for_a_header(
    tmp_path_factory: pytest.TempPathFactory, old: bytes, new: bytes
) -> None:
    folder = tmp_path_factory.mktemp("diff")
    (folder / "a").write_bytes(old)
    (folder / "b").write_bytes(new)
    text = subprocess.run(
        ["git", "diff", "--no-index", "--text", "-U1", "a", "b"],
        cwd=folder,
        check=False,
        capture_output=True,
    ).stdout
    patches = index(text)
    assert len(patches) == (1 if text else 0)
    if text and old and new:
        hunks = patches[0].hunks
        assert hunks[-1].end == len(text)
        assert all(one.end == other.start for one, other in itertools.pairwise(hunks))
        lines = [line for hunk in hunks for line in patches[0].lines(hunk)]
        assert len(lines) == text[hunks[0].start :].count(b"\n")


def test_blobs(box: Sandbox) -> None:
    box.write("large", b"x" * 5000)
    box.write("new\nline", b"odd")
    head = box.commit()
    found = blobs(box.root, head, ["README", "nowhere", "src", "large", "new\nline"], most=100)
    assert [blob and (blob.start[:5], len(blob.start), blob.size) for blob in found] == [
        (b"one\nt", 14, 14),
        None,
        None,
        (b"xxxxx", 100, 5000),
        (b"odd", 3, 3),
    ]


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".Claude/settings.json",
        ".claude/hooks/x",
        ".codex/config.toml",
        "sub/.mcp.json",
        "AGENTS.md",
        "docs/agents.md",
        "CLAUDE.md",
        ".vscode/tasks.json",
        ".envrc",
        ".env.local",
        "package.json",
        "web/package.json",
        "Makefile",
        "GNUmakefile",
        "setup.py",
        "pyproject.toml",
        "Dockerfile",
        "api.Dockerfile",
        "ci/run.sh",
        "deploy.sh",
        "conftest.py",
        "tests/deep/conftest.py",
        ".gitattributes",
        ".gitmodules",
        "conductor.toml",
        ".husky/pre-commit",
        "vite.config.ts",
        "requirements-dev.txt",
        "requirements/base.in",
        "uv.lock",
        ".cursor/rules/x.mdc",
        ".ci/run",
        ".GITLAB-CI.yml",
        "build.rs",
        ".pre-commit-config.yaml",
        "tox.ini",
        "x.pth",
        "Jenkinsfile",
        ".gemini/settings.json",
        ".claude\u200b/x",
        ".git\u200cattributes",
    ],
)
def test_files_that_make_something_run(path: str) -> None:
    assert runs_code(path)


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "src/app.py",
        "src/hooks/useThing.ts",
        "docs/index.md",
        "data.json",
        "a/b.css",
    ],
)
def test_files_that_do_not(path: str) -> None:
    assert not runs_code(path)
