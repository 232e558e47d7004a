"""The built-in agent's parts: the shell tool, the record, scripts, cleaning, layout."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from harnesses import HarnessError
from harnesses.builtin.cleaning import clean
from harnesses.builtin.harness import Builtin
from harnesses.builtin.history import replay
from harnesses.builtin.models import Prompt, Reply, Result, question_in
from harnesses.builtin.record import NAME, Record, RecordError, conversation, find
from harnesses.builtin.script import read_script
from harnesses.builtin.shell_tool import run_command
from harnesses.builtin.terminal import wrap
from tests.harnesses.seat import until


def run(command: str, cwd: Path, timeout: float = 20.0) -> Result:
    return run_command(command, cwd, stop=threading.Event(), timeout=timeout)


def test_output_is_bounded_at_both_ends(tmp_path: Path) -> None:
    result = run("echo begin; yes | head -c 50000000; echo end", tmp_path)
    assert result.exit == 0
    assert result.output.startswith("begin\n")
    assert result.output.endswith("end\n")
    assert len(result.output) < 30_000
    assert "bytes left out" in result.output


def test_output_that_is_no_text_is_still_output(tmp_path: Path) -> None:
    assert run(r"printf 'a\377b\000c'", tmp_path).output == "a\ufffdb\0c"


def test_a_timeout_ends_the_whole_group(tmp_path: Path) -> None:
    began = time.monotonic()
    result = run("trap '' TERM; sleep 60 & echo $!; sleep 60; sleep 60", tmp_path, timeout=0.3)
    assert result.exit is None
    assert result.note.startswith("timed out")
    assert time.monotonic() - began < 10
    pid = int(result.output)
    until(lambda: not _runs(pid), "the background process has ended")


def test_what_a_command_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    began = time.monotonic()
    result = run("sleep 60 & echo $!", tmp_path)
    assert result.exit == 0
    assert time.monotonic() - began < 5
    until(lambda: not _runs(int(result.output)), "the background process has ended")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_closing_the_output_is_not_the_end(tmp_path: Path) -> None:
    result = run("exec >&- 2>&-; sleep 0.2; echo x > late; exit 7", tmp_path)
    assert result.exit == 7
    assert (tmp_path / "late").exists()


def test_what_cannot_run_is_a_result(tmp_path: Path) -> None:
    assert run("no-such-command", tmp_path).exit == 127
    assert run("a\0b", tmp_path).note.startswith("not run")
    assert run("true", tmp_path / "gone").note.startswith("not run")


def test_a_torn_line_is_closed_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(b'{"type": "header", "id": "a"}\n{"type": "arrival", "text": "cut of')
    record = Record(path)
    record.write("arrival", number=2, text="whole")
    record.close()
    assert path.stat().st_mode & 0o777 in {0o600, 0o644}
    entries = conversation(path, "a")
    assert [entry["type"] for entry in entries] == ["header", "arrival"]
    for line in (b"", b"7", b"[]", b'{"type": 1}', b"\xff", b"[" * 100_000, b'{"type":"new"}'):
        assert Builtin().read(line.decode(errors="replace")) == ()


def test_a_record_is_private_and_never_follows_a_link(tmp_path: Path) -> None:
    Record(tmp_path / "s" / NAME).close()
    assert (tmp_path / "s" / NAME).stat().st_mode & 0o777 == 0o600
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecordError, match="cannot be opened"):
        Record(tmp_path / "link.jsonl")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    record = Record(Path("/dev/full"))
    with pytest.raises(RecordError, match="No space left on device"):
        record.write("header")


def test_a_call_without_a_result_is_given_one() -> None:
    history = replay(
        [
            {"type": "arrival", "number": 1, "text": "go"},
            {"type": "prompt", "number": 1},
            {"type": "reply", "text": "", "command": "make", "call": "c1"},
            {"type": "arrival", "number": 2, "text": "and"},
            {"type": "prompt", "number": 2},
        ]
    )
    prompt, reply, result, again = history.messages
    assert (prompt, again) == (Prompt("go"), Prompt("and"))
    assert isinstance(reply, Reply)
    assert isinstance(result, Result)
    assert result.call == "c1"
    assert history.queued == {}


def test_one_record_holds_several_conversations(tmp_path: Path) -> None:
    path = tmp_path / "s1" / NAME
    record = Record(path)
    for name in ("a", "b"):
        record.write("header", id=name)
        record.write("arrival", number=1, text=name)
    record.write("resumed", id="b")
    assert [e.get("text") for e in conversation(path, "a")][1:] == ["a"]
    assert find(tmp_path / "s2", "b")[0] == path
    with pytest.raises(RecordError, match="no conversation"):
        find(tmp_path / "s2", "c")


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("All done.", None),
        ("Hm.\nQUESTION: This one?", "This one?"),
        ("**QUESTION:** a\nb ", "a\nb"),
        ("the word QUESTION: inside", None),
        ("QUESTION:", None),
    ],
)
def test_a_question_is_a_line_of_its_own(text: str, question: str | None) -> None:
    assert question_in(text) == question


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("", "at least one [[turn]]"),
        ("turn = 1", "turn: expected at least one"),
        ("[[turn]]", "turn 1, reply: expected at least one"),
        ("x = 1", "unknown key x"),
        ("[[turn]\n", "line 1"),
        ("[[turn]]\nwen = 'a'", "turn 1: unknown key wen"),
        ("[[turn]]\nwhen = 1\n[[turn.reply]]\ntext='a'", "turn 1: when: expected a text"),
        ("[[turn]]\n[[turn.reply]]\ntxt='a'", "turn 1, reply 1: unknown key txt"),
        ("[[turn]]\n[[turn.reply]]\npause=1", "reply 1: says nothing"),
        ("[[turn]]\n[[turn.reply]]\ntext='a'\npause=-1", "pause: expected a number of seconds"),
        ("[[turn]]\n[[turn.reply]]\nlimit='soon'", "limit: expected a number of seconds"),
        ("[[turn]]\n[[turn.reply]]\nlimit=true", "limit: expected a number of seconds"),
        ("[[turn]]\n[[turn.reply]]\ncommand='a'\nerror='b'", "only one of"),
        ("[[turn]]\n[[turn.reply]]\ncommand='a'", "last reply cannot run a command"),
        ("[[turn]]\n[[turn.reply]]\ntext='a'\n[[turn.reply]]\ntext='b'", "reply 1: needs a"),
        ("[[turn]]\n[[turn.reply]]\ntext='a'\ntokens={inputs=1}", "tokens: expected whole"),
        ("[[turn]]\n[[turn.reply]]\ntext='a'\ntokens={input=1.5}", "tokens: expected whole"),
    ],
)
def test_a_script_mistake_is_named_by_file_and_key(tmp_path: Path, script: str, said: str) -> None:
    path = tmp_path / "play.toml"
    path.write_text(script)
    with pytest.raises(HarnessError) as error:
        read_script(path)
    assert str(path) in str(error.value)
    assert said in str(error.value)


def test_a_script_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="cannot be read"):
        read_script(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xff")
    with pytest.raises(HarnessError, match="not UTF-8"):
        read_script(tmp_path / "latin.toml")


def test_cleaning_shows_what_it_takes_away() -> None:
    assert clean("a\x1b[31m\tb\r\nc\r\x00\x7f") == "a␛[31m\tb\nc␍␀␡"
    assert clean("\x9b\u202e\u200b\U000e0041") == "<U+009B><U+202E><U+200B><U+E0041>"


def test_wrapping_breaks_at_words_and_keeps_every_one() -> None:
    text = "one two three 漢字漢字漢字漢字 " + "x" * 30
    rows = [row.text for row in wrap(text, 12, "  ")]
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")
    assert rows[0] == "  one two"
    assert [row.text for row in wrap("", 10)] == [""]
