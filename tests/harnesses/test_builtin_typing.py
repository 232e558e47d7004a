"""What is typed and pasted reaches the record byte for byte, also through a real tmux."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from harnesses.builtin.composer import Composer, Leave, Sent, Stop
from harnesses.builtin.harness import Builtin
from tests.harnesses.seat import Seats, record_lines, until

SCRIPT = '[[turn]]\n[[turn.reply]]\ntext = "Heard."\n'
AWKWARD = (
    "first line\n  'single' \"double\" `ticks` $(touch hacked) $HOME \\n ; rm -rf x #\n"
    "ünï→ 漢字 👩‍👩‍👧 e\u0301\n\ttab\n\n/quit\nlast "
)
BIG = "".join(f"{n:07} Zeile mit ä und 漢\n" for n in range(36_000))


def feed(composer: Composer, data: bytes, size: int) -> list[object]:
    return [w for at in range(0, len(data), size) for w in composer.feed(data[at : at + size])]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 4096])
def test_any_split_of_the_bytes_means_the_same(size: int) -> None:
    typed = "tüped 漢 👋".encode()
    keys = b"\x1b[A\x1bOH\x1b[3~\x1b[1;5D"
    data = typed + keys + b"\n\x1b\r\x1b[200~" + AWKWARD.encode() + b"\x1b[201~\x7f!\r"
    wishes = feed(Composer(), data, size)
    assert wishes == [Sent("tüped 漢 👋\n\n" + AWKWARD[:-1] + "!", pasted=True)]


def test_keys_mean_what_they_should() -> None:
    composer = Composer()
    assert composer.feed(b"\r\r") == []
    assert composer.feed(b"one two\x17three\x15four\r") == [Sent("four", pasted=False)]
    assert composer.feed(b"\x03\x04") == [Stop(), Leave()]
    assert composer.feed(b"x\x04") == []
    assert composer.feed(b"\x1ba\r") == [Sent("xa", pasted=False)]
    assert composer.feed(b"\xff\xfe\r") == [Sent("\ufffd\ufffd", pasted=False)]


def test_a_paste_ends_lines_as_it_came_or_as_terminals_send_them() -> None:
    for pasted, text in ((b"a\rb\r", "a\nb\n"), (b"a\r\nb", "a\r\nb"), (b"\r", "\n")):
        data = b"\x1b[200~" + pasted + b"\x1b[201~\r"
        assert Composer().feed(data) == [Sent(text, pasted=True)]


def test_a_paste_never_sends_by_itself_nor_commands(seats: Seats) -> None:
    seat = seats(seats.script(SCRIPT))
    seat.paste("/quit")
    seat.sees("> /quit")
    assert not seat.lines("arrival")
    seat.type(b"\r")
    assert seat.wait("arrival")["text"] == "/quit"
    assert seat.wait("end")["last"] == "Heard."


def test_a_megabyte_by_pty(seats: Seats) -> None:
    seat = seats(seats.script(SCRIPT))
    assert len(BIG.encode()) > 1_000_000
    seat.say(BIG)
    assert seat.wait("arrival")["text"] == BIG
    assert seat.wait("end")["last"] == "Heard."
    assert len(seat.seen) < 4_000_000


@pytest.mark.parametrize("size", [(10, 20), (24, 80), (70, 250)])
def test_no_row_is_wider_than_the_terminal(seats: Seats, size: tuple[int, int]) -> None:
    seat = seats(seats.script(SCRIPT), size=size)
    seat.say(AWKWARD + "漢字" * 200 + " word" * 100)
    seat.wait("end")
    seat.sees("Heard.")
    seat.resize(size[0], size[1] - 5)
    seat.type(b"\x04")
    seat.ends()
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seat.seen.decode())
    assert max(cell_len(row) for row in re.split(r"[\r\n]+", shown)) < size[1]


Tmux = Callable[..., str]


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    socket = tmp_path / "tmux"

    def run(*words: str, stdin: str | None = None) -> str:
        argv = ["tmux", "-S", str(socket), "-f", "/dev/null", *words]
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=True)
        return done.stdout

    yield run
    subprocess.run(["tmux", "-S", str(socket), "kill-server"], capture_output=True, check=False)


def test_pasted_by_tmux_it_arrives_byte_for_byte(seats: Seats, tmux: Tmux, tmp_path: Path) -> None:
    order = seats.order(seats.script(SCRIPT), "s1", None, None)
    launch = Builtin().launch(order)
    env = [f"-e{key}={value}" for key, value in launch.env.items()]
    tmux("new-session", "-d", "-s", "a", "-x", "80", "-y", "24", *env, shlex.join(launch.argv))
    until(lambda: record_lines(order.folder, "ready"), "the agent is ready")
    for number, text in enumerate((AWKWARD, "one line", "\r\nmixed\r\nends\n", BIG), 1):
        typing = Builtin().say(text)
        file = tmp_path / "prompt"
        file.write_bytes(typing.paste.encode())
        tmux("send-keys", "-t", "a", *typing.clear)
        tmux("load-buffer", "-b", "p", str(file))
        tmux("paste-buffer", "-d", "-p", "-r", "-b", "p", "-t", "a")
        tmux("send-keys", "-t", "a", *typing.submit)
        until(lambda n=number: len(record_lines(order.folder, "end")) == n, f"turn {number}")
        assert record_lines(order.folder, "arrival")[-1]["text"] == text
    assert not (seats.worktree / "hacked").exists()
    assert json.dumps(AWKWARD)[1:20] in (order.folder / "conversation.jsonl").read_text()
