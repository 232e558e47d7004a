"""What is said of the agent CLIs on a machine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harnesses import Launch, installed
from harnesses.installed import CLIS, Cli, Found
from harnesses.registry import registry

QWEN = Cli("qwen", "qwen", "0.24.4", "~/.qwen", ("~/.qwen/oauth_creds.json",), "22", "0.20")


@pytest.mark.parametrize(
    ("version", "node", "words"),
    [
        ("0.24.4", "22.1.0", []),
        ("0.24.4", "", []),
        ("0.24.10", "22.1.0", ["newer than 0.24.4"]),
        ("0.9.9", "22.1.0", ["older than 0.20"]),
        ("0.24.4", "20.20.2", ["wants Node 22, and PATH has 20.20.2"]),
        ("", "22.1.0", ["does not answer"]),
    ],
)
def test_what_may_be_wrong_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, node: str, words: list[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".qwen").mkdir()
    account = tmp_path / ".qwen/oauth_creds.json"
    account.touch(mode=0)  # that it is there is all that is asked
    notes = Found(QWEN, "/bin/qwen", version).notes(node)
    assert [word for word in words if not any(word in note for note in notes)] == []
    assert len(notes) == len(words)
    account.unlink()
    assert any("signed in" in note for note in Found(QWEN, "/bin/qwen", version).notes(node))


@pytest.mark.skipif(sys.platform != "linux", reason="accounts may be in a keyring there")
def test_that_nobody_has_signed_in_on_a_home_is_seen_and_nothing_is_said_where_it_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    home = tmp_path / "work"
    home.mkdir()
    assert installed.unsigned("claude", str(home), {"PATH": "/bin"}) == "claude"
    assert installed.unsigned("claude", str(home), {"ANTHROPIC_API_KEY": "x"}) == ""
    assert installed.unsigned("goose", str(home), {}) == ""
    assert installed.unsigned("vibe", str(home), {}) == "vibe"
    launch = Launch(("claude",), {"CLAUDE_CONFIG_DIR": str(home)})
    line = f"CLAUDE_CONFIG_DIR={home} claude"
    assert installed.sign_in("claude", launch, str(home), {"PATH": "/bin"}) == line
    other = {"HOME": str(home)}
    assert installed.sign_in("claude", launch, "", other) == f"HOME={home} claude"
    usual = str(tmp_path / ".claude")
    assert installed.sign_in("claude", launch, usual, {"PATH": "/bin"}) == "claude"
    two = installed.sign_in("claude", launch, f"{home} 2", {})
    assert two == f"mkdir -p '{home} 2' && claude"
    (home / ".credentials.json").touch(mode=0)
    assert installed.sign_in("claude", launch, str(home), {"PATH": "/bin"}) == ""
    assert installed.unsigned("claude", str(home), {"PATH": "/bin"}) == ""
    assert installed.unsigned("claude", "", {}) == "claude"


def test_what_is_on_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for name, says in (
        ("goose", "echo ' 1.52.0'"),
        ("codex", "echo codex-cli 0.163.0"),
        ("pi", "exit 3"),
    ):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{says}\n")
        program.chmod(0o755)
    there = {one.cli.harness: one.version for one in installed.found()}
    assert there == {"codex": "0.163.0", "goose": "1.52.0", "pi": ""}


def test_every_one_of_them_has_a_harness() -> None:
    assert {cli.harness for cli in CLIS} <= set(registry({}))
