"""What a command does when its standard streams are closed, full, or no files at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Line


def _sh(conductor: Line, words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m conductor {words}"],
        cwd=conductor.repo, env=conductor.env, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("words", ["list", "add --hold x", "log"])
def test_a_closed_output_is_no_bug(conductor: Line, words: str) -> None:
    done = _sh(conductor, f"{words} >&- 2>&- <&-; echo $?")
    assert done.stdout == "0\n"
    with conductor.journal() as journal:
        assert len(journal.state.tasks) == ("add" in words)


def test_a_closed_input_is_an_empty_text(conductor: Line) -> None:
    done = _sh(conductor, "add - --hold <&-")
    assert (done.returncode, done.stdout) == (1, "")
    assert "A task needs words" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_an_answer_that_cannot_be_written_is_told_in_a_sentence(conductor: Line) -> None:
    done = _sh(conductor, "add --hold x > /dev/full")
    assert done.returncode == 1
    assert done.stderr.startswith("conductor: the answer could not be written: No space left")
    assert done.stderr.count("\n") == 1
    done = _sh(conductor, "aprove t1 2> /dev/full")
    assert (done.returncode, done.stderr) == (2, "")


def test_a_folder_that_is_gone_is_told(conductor: Line) -> None:
    done = _sh(
        conductor,
        "list && mkdir gone && cd gone && rmdir ../gone && "
        f"{sys.executable} -m conductor add --hold x",
    )
    assert done.returncode == 1
    assert done.stderr == "conductor: the folder you stand in is gone. Go to another one.\n"


def test_a_folder_of_escape_sequences_is_told_without_them(
    conductor: Line, make_repo: Callable[[str], Path]
) -> None:
    folder = make_repo("re\x1b]0;pwn\x07po\u202e")
    for words in (["trust"], ["init"], ["init"], ["add", "--hold", "x"], ["show", "t1"], ["log"]):
        said = conductor(*words, cwd=folder)
        assert said.code == 0
        assert not set("\x1b\x07\u202e") & set(said.out + said.err), words
