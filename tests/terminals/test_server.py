"""The tmux server's life: start, find, write to, end; with real tmux on its own socket."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conductor.terminals import install
from conductor.terminals.errors import TerminalError
from conductor.terminals.live import read_list
from conductor.terminals.server import MARK, Tmux

if TYPE_CHECKING:
    from pathlib import Path

RECORDER = """
import os, sys, termios, tty
tty.setraw(0)
if sys.argv[2] == "bracketed":
    os.write(1, b"\\x1b[?2004h")
os.write(1, b"ready")
with open(sys.argv[1], "wb", buffering=0) as out:
    while data := os.read(0, 65536):
        out.write(data)
"""


def test_environment_is_exactly_what_was_given(tmux: Tmux, folder: Path, until) -> None:
    os.environ["ANTHROPIC_API_KEY"] = "must-not-leak"
    try:
        out = folder / "env.json"
        code = f"import os,json; json.dump(dict(os.environ), open({str(out)!r}, 'w'))"
        env = {"PATH": "/usr/bin:/bin", "HOME": "/x", "ODD": 'it\'s "odd" $(x) `y`\n\\n é'}
        tmux.start("s1", [sys.executable, "-I", "-c", code], cwd=folder, env=env)
        until(lambda: out.exists() and out.read_text().endswith("}"))
    finally:
        del os.environ["ANTHROPIC_API_KEY"]
    found = json.loads(out.read_text())
    # Python adds LC_CTYPE to its own environment in the C locale (PEP 538).
    found.pop("LC_CTYPE", None)
    assert found == env | {MARK: f"{tmux.socket}:s1"}


def test_secrets_stand_on_no_command_line_and_in_no_readable_file(
    tmux: Tmux, folder: Path, env: dict[str, str], until
) -> None:
    tmux.start("s1", ["sleep", "60"], cwd=folder, env=env | {"TOKEN": "s3cr3t-value"})
    until(lambda: b"sleep" in b"".join(_command_lines()))
    assert not [line for line in _command_lines() if b"s3cr3t-value" in line]
    script = folder / "launch" / "s1.sh"
    assert stat.S_IMODE(script.stat().st_mode) == 0o700
    assert stat.S_IMODE(script.parent.stat().st_mode) == 0o700
    tmux.kill("s1")
    assert not script.exists()


def _command_lines() -> list[bytes]:
    said = subprocess.run(["ps", "-axww", "-o", "args="], capture_output=True, check=True)
    return said.stdout.splitlines()


def test_launch_and_end_are_told_in_the_inbox(
    tmux: Tmux, folder: Path, env: dict[str, str], until
) -> None:
    inbox = folder / "it's an\ninbox $(x)"
    odd = folder / "a 'folder' \"of\" $(odd) names"
    odd.mkdir()
    pane = tmux.start("s1", ["sh", "-c", "pwd > where; exit 7"], cwd=odd, env=env, inbox=inbox)
    until(lambda: inbox.exists() and inbox.read_text().count("\n") == 2)
    launched, exited = map(json.loads, inbox.read_text().splitlines())
    assert launched["conductor"] == "launched"
    assert launched["pid"] != pane.pid
    assert exited == {"conductor": "exited", "code": 7}
    assert (odd / "where").read_text() == f"{odd}\n"
    until(lambda: tmux.list()[0].dead)
    assert tmux.list()[0].exit_status == 7


def test_a_paste_to_an_agent_that_has_ended_harms_nobody(
    tmux: Tmux, folder: Path, env: dict[str, str], until
) -> None:
    for name, seconds in (("s1", "60"), ("s2", "0")):
        tmux.start(name, ["sleep", seconds], cwd=folder, env=env)
    until(lambda: [one.session for one in tmux.list() if one.dead] == ["s2"])
    tmux.paste("s2", b"are you there?")
    tmux.keys("s2", "Enter")
    assert [one.session for one in tmux.list() if not one.dead] == ["s1"]
    assert tmux.run("list-buffers") == ""


def test_a_launch_script_that_is_killed_tells_how_it_ended(
    tmux: Tmux, folder: Path, env: dict[str, str], until
) -> None:
    pane = tmux.start("s1", ["sleep", "60"], cwd=folder, env=env)
    os.kill(pane.pid, signal.SIGKILL)
    until(lambda: tmux.list()[0].dead)
    told = 137 if (install.numbers(install.require()) or (3, 3)) >= (3, 3) else None
    until(lambda: tmux.list()[0].exit_status == told)


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\x0b", "\r"])
def test_no_title_tells_of_another_session(end: str) -> None:
    line = "1 s{} %0 @0 {} {} =0= 0 = = 80 24 1 0 0 title"
    told = read_list(line.format(1, 7, 0) + end + line.format(2, 7, 1) + "\n")
    assert [(one.session, one.dead) for one in told] == [("s1", False)]


@pytest.mark.parametrize("pid", ["", "4711"])  # tmux 3.8 leaves it out
def test_a_dead_panes_number_is_nobodys(pid: str) -> None:
    (live,) = read_list(f"1 s1 %1 @1 {pid} 1 =7= 0 = = 80 24 1 5 6 a title")
    assert (live.pid, live.dead, live.size, live.title) == (0, True, (80, 24), "a title")


def test_ctrl_c_reaches_the_agent_and_the_end_is_still_told(
    tmux: Tmux, folder: Path, env: dict[str, str], until
) -> None:
    inbox = folder / "inbox"
    tmux.start("s1", ["sh", "-c", "echo go; sleep 60"], cwd=folder, env=env, inbox=inbox)
    until(lambda: "go" in tmux.capture("s1"))
    tmux.keys("s1", "C-c")
    until(lambda: inbox.read_text().count("\n") == 2)
    assert json.loads(inbox.read_text().splitlines()[1])["code"] == 130


def test_an_agent_that_stops_itself_is_continued(
    tmux: Tmux, folder: Path, env: dict[str, str], until
) -> None:
    inbox = folder / "inbox"
    argv = ["sh", "-c", "kill -STOP $$; exit 5"]
    tmux.start("s1", argv, cwd=folder, env=env, inbox=inbox)
    until(lambda: inbox.exists() and inbox.read_text().count("\n") == 2)
    assert json.loads(inbox.read_text().splitlines()[1])["code"] == 5


@pytest.mark.parametrize("how", ["plain", "bracketed"])
@pytest.mark.parametrize(
    "text",
    [
        "one line",
        "several\nlines\n\nwith\ttabs\n",
        "$(touch /tmp/x) `y` \"quoted\" 'it''s' \\n ; # %% #{pane_id} ~",
        "naïve 日本語 👩‍👩‍👧 e\u0301 \u202e",
        "-t -d -- leading dash",
        "0123456789abcdef\n" * 62_000,
    ],
    ids=["line", "lines", "shell", "unicode", "dash", "megabyte"],
)
def test_paste_arrives_byte_for_byte(  # noqa: PLR0917 - fixtures and parameters
    tmux: Tmux, folder: Path, env: dict[str, str], until, text: str, how: str
) -> None:
    got, recorder = folder / "got", folder / "recorder.py"
    recorder.write_text(RECORDER)
    argv = [sys.executable, "-I", str(recorder), str(got), how]
    tmux.start("s1", argv, cwd=folder, env=env)
    until(lambda: "ready" in tmux.capture("s1"))
    expected = text.encode()
    if how == "bracketed":
        expected = b"\x1b[200~" + expected + b"\x1b[201~"
    tmux.paste("s1", text.encode())
    until(lambda: got.stat().st_size >= len(expected))
    assert got.read_bytes() == expected


def test_a_paste_cannot_end_itself(tmux: Tmux, folder: Path, env: dict[str, str], until) -> None:
    got, recorder = folder / "got", folder / "recorder.py"
    recorder.write_text(RECORDER)
    argv = [sys.executable, "-I", str(recorder), str(got), "bracketed"]
    tmux.start("s1", argv, cwd=folder, env=env)
    until(lambda: "ready" in tmux.capture("s1"))
    tmux.paste("s1", b"a\x1b[201~\rrm -rf x\r")
    until(lambda: got.read_bytes().endswith(b"\x1b[201~"))
    assert got.read_bytes() == "\x1b[200~a␛[201~\rrm -rf x\r\x1b[201~".encode()


def test_paste_goes_to_the_agent_though_a_person_opened_a_shell(
    tmux: Tmux, folder: Path, env: dict[str, str], until
) -> None:
    got = folder / "got"
    argv = ["sh", "-c", f"echo ready; head -1 > {got}; sleep 60"]
    tmux.start("s1", argv, cwd=folder, env=env)
    until(lambda: "ready" in tmux.capture("s1"))
    shell = tmux.shell_window("s1", folder, ["sh", "-c", "pwd; cat"])
    until(lambda: str(folder) in tmux.run("capture-pane", "-p", "-t", shell))
    assert tmux.list()[0].windows == 2
    assert not list((folder / "launch").glob("*shell*"))
    tmux.paste("s1", b"for the agent\n")
    until(lambda: got.exists() and got.read_bytes() == b"for the agent\n")
    assert "for the agent" not in tmux.run("capture-pane", "-p", "-t", shell)


def test_keys_reach_the_program_as_they_are_named(
    tmux: Tmux, folder: Path, env: dict[str, str], until
) -> None:
    got = folder / "got"
    tmux.start("s1", ["sh", "-c", f"echo ready; head -1 > {got}"], cwd=folder, env=env)
    until(lambda: "ready" in tmux.capture("s1"))
    tmux.keys("s1", *"-l Enter;", "Enter")
    until(lambda: got.exists() and got.read_text() == "-l Enter;\n")


def test_what_runs_is_adopted_by_another_of_us(
    tmux: Tmux, folder: Path, env: dict[str, str]
) -> None:
    tmux.start("s1", ["sleep", "60"], cwd=folder, env=env, size=(90, 30))
    other = Tmux(folder)
    (live,) = other.list()
    assert (live.session, live.size, live.dead, live.attached) == ("s1", (90, 30), False, 0)
    other.kill("s1")
    assert not other.has("s1")
    assert tmux.list() == []


def test_a_dead_terminal_can_be_used_again(
    tmux: Tmux, folder: Path, env: dict[str, str], until
) -> None:
    first = tmux.start("s1", ["echo", "first"], cwd=folder, env=env)
    until(lambda: tmux.list()[0].dead)
    again = tmux.respawn("s1", ["sh", "-c", "echo second; sleep 60"], cwd=folder, env=env)
    assert (again.pane, again.pid != first.pid) == (first.pane, True)
    until(lambda: "second" in tmux.capture("s1"))
    assert not tmux.list()[0].dead


def test_the_persons_own_configuration_is_not_read(
    tmux: Tmux, folder: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder / "home"
    home.mkdir()
    (home / ".tmux.conf").write_text("set -g prefix C-a\nset -g status-left mine\n")
    monkeypatch.setenv("HOME", str(home))
    tmux.start("s1", ["sleep", "60"], cwd=folder, env=env)
    assert tmux.run("show-options", "-gv", "prefix").strip() == "C-b"
    assert "Conductor" in tmux.run("show-options", "-gv", "status-left")


def test_every_setting_of_ours_is_understood(tmux: Tmux, folder: Path, env) -> None:
    tmux.start("s1", ["sleep", "60"], cwd=folder, env=env)
    tmux.run("source-file", str(folder / "tmux.conf"))
    assert tmux.run("show-options", "-gwv", "remain-on-exit").strip() == "on"
    assert "RGB" in tmux.run("show-options", "-sv", "terminal-features")


def test_a_folder_too_deep_for_a_socket(folder: Path, env: dict[str, str]) -> None:
    deep = folder.joinpath(*["a-rather-long-folder-name"] * 6)
    deep.mkdir(parents=True)
    tmux = Tmux(deep)
    try:
        tmux.start("s1", ["sleep", "60"], cwd=deep, env=env)
        assert len(str(tmux.socket)) < 100
        assert stat.S_IMODE(tmux.socket.parent.stat().st_mode) == 0o700
        assert Tmux(deep).has("s1")
    finally:
        tmux.stop_server()
        tmux.socket.unlink(missing_ok=True)
        tmux.socket.parent.rmdir()


def test_a_folder_that_others_could_have_planted_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    deep = folder.joinpath(*["a-rather-long-folder-name"] * 6)
    deep.mkdir(parents=True)
    planted = Tmux(deep).socket.parent
    planted.chmod(0o777)
    with pytest.raises(TerminalError, match="not a private folder"):
        Tmux(deep)


@pytest.mark.parametrize("name", ["", "A", "a:b", "../x", "=s1", "s1\n", "é", "_viewer"])
def test_odd_names_are_refused(tmux: Tmux, folder: Path, name: str) -> None:
    with pytest.raises(TerminalError, match="cannot name a terminal"):
        tmux.start(name, ["true"], cwd=folder, env={})


def test_mistakes_are_told_in_sentences(tmux: Tmux, folder: Path, env: dict[str, str]) -> None:
    with pytest.raises(TerminalError, match="is not a folder"):
        tmux.start("s1", ["true"], cwd=folder / "missing", env=env)
    with pytest.raises(TerminalError, match="gone"):
        tmux.capture("s1")
    assert tmux.list() == []
    tmux.start("s1", ["sleep", "60"], cwd=folder, env=env)
    with pytest.raises(TerminalError, match="exists already"):
        tmux.start("s1", ["true"], cwd=folder, env=env)
    with pytest.raises(TerminalError, match="can't find"):
        tmux.capture("s2")
    with pytest.raises(TerminalError, match="NUL"):
        tmux.start("s3", ["a\0b"], cwd=folder, env=env)
    with pytest.raises(TerminalError, match="environment variable"):
        tmux.start("s3", ["a"], cwd=folder, env={"A=B": "x"})


def test_a_prefix_of_a_name_is_not_the_name(tmux: Tmux, folder: Path, env) -> None:
    tmux.start("s10", ["sleep", "60"], cwd=folder, env=env)
    assert not tmux.has("s1")
    tmux.kill("s1")
    assert tmux.has("s10")


def test_old_and_missing_tmux(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    assert install.require()
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(TerminalError, match="not installed; install it with"):
        install.require()
    old = folder / "tmux"
    old.write_text("#!/bin/sh\necho tmux 3.1c\n")
    old.chmod(0o755)
    with pytest.raises(TerminalError, match=r"3\.1c is too old"):
        install.require()
    old.write_text("#!/bin/sh\necho tmux next-3.7\n")
    assert install.require() == "next-3.7"
    old.write_text("#!/bin/sh\necho a word of a wrapper\necho tmux 3.4\n")
    with pytest.raises(TerminalError, match="says something before tmux does: 'a word of"):
        install.require()
    old.write_text("no program\n")
    with pytest.raises(TerminalError, match="tmux cannot be run: "):
        install.require()


def test_starting_a_terminal_says_how_tmux_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmux: Tmux, folder: Path, env
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(TerminalError, match="not installed; install it with"):
        tmux.start("s1", ["sleep", "60"], cwd=folder, env=env)
    old = folder / "tmux"
    old.write_text("#!/bin/sh\n[ $1 = -V ] && echo tmux 2.1 || exit 1\n")
    old.chmod(0o755)
    with pytest.raises(TerminalError, match=r"2\.1 is too old"):
        tmux.start("s1", ["sleep", "60"], cwd=folder, env=env)
