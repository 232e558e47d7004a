"""Vendors' records as they were written by the programs themselves, and as they never should be."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harnesses.records import Found, Mark, RecordsError, Spent
from harnesses.records import files as record_files
from harnesses.records.registry import RECORDS

# A turn of two requests each, as these programs recorded it of one and the same model server.
CLAUDE = """\
{"type":"user","message":{"role":"user","content":"make"},"uuid":"u","timestamp":"2026-11-21T05:07:51.888Z","cwd":"/w","sessionId":"S"}
{"parentUuid":"b","isSidechain":false,"message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{"type":"text","text":"I"}],"usage":{"input_tokens":200,"cache_creation_input_tokens":200,"cache_read_input_tokens":1000,"output_tokens":3,"server_tool_use":{"web_search_requests":0},"cache_creation":{"ephemeral_1h_input_tokens":150}}},"requestId":"req_1","type":"assistant","uuid":"x","timestamp":"2026-11-21T05:07:52.206Z","cwd":"/w","sessionId":"S"}
{"parentUuid":"x","isSidechain":false,"message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{"type":"tool_use","id":"t","name":"Write","input":{"content":"\\"output_tokens\\":9"}}],"usage":{"input_tokens":200,"cache_creation_input_tokens":200,"cache_read_input_tokens":1000,"output_tokens":42,"cache_creation":{"ephemeral_1h_input_tokens":150}}},"requestId":"req_1","type":"assistant","uuid":"y","timestamp":"2026-11-21T05:07:53.206Z","cwd":"/w","sessionId":"S"}
{"type":"user","message":{"role":"user","content":[{"tool_use_id":"t","type":"tool_result","content":"done"}]},"toolUseResult":{"usage":{"input_tokens":9999,"output_tokens":9999}},"uuid":"v","timestamp":"2026-11-21T05:07:53.300Z","sessionId":"S"}
{"parentUuid":"v","isSidechain":true,"agentId":"a1","message":{"id":"msg_2","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[],"usage":{"input_tokens":550,"output_tokens":7}},"requestId":"req_2","type":"assistant","uuid":"z","timestamp":"2026-11-21T05:07:54.206Z","cwd":"/w","sessionId":"S"}
{"isApiErrorMessage":true,"message":{"id":"e","model":"<synthetic>","usage":{"input_tokens":0,"output_tokens":0}},"type":"assistant","uuid":"q","timestamp":"2026-11-21T05:07:55Z","sessionId":"S"}
"""
CODEX_NOW = """\
{"timestamp":"2026-11-21T05:11:18.938Z","type":"session_meta","payload":{"session_id":"T","id":"T","cwd":"/w","source":"exec","base_instructions":{"text":"You"}}}
{"timestamp":"2026-11-21T05:11:18.956Z","type":"turn_context","payload":{"turn_id":"1","cwd":"/w","model":"gpt-5.5-codex"}}
{"timestamp":"2026-11-21T05:11:18.998Z","type":"token_usage_record","payload":{"thread_id":"T","session_id":"T","response_id":"resp_1","usage":{"input_tokens":1200,"cached_input_tokens":1000,"cache_write_input_tokens":0,"output_tokens":42,"reasoning_output_tokens":7,"total_tokens":1242}}}
{"timestamp":"2026-11-21T05:11:19.048Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":1200,"cached_input_tokens":1000,"output_tokens":42,"total_tokens":1242},"last_token_usage":{"input_tokens":1200,"cached_input_tokens":1000,"output_tokens":42,"total_tokens":1242}},"rate_limits":{"primary":{"used_percent":37.5}}}}
{"timestamp":"2026-11-21T05:11:19.069Z","type":"token_usage_record","payload":{"thread_id":"T","session_id":"T","response_id":"resp_2","usage":{"input_tokens":1550,"cached_input_tokens":1000,"output_tokens":42,"total_tokens":1592}}}
{"timestamp":"2026-11-21T05:11:19.069Z","type":"event_msg","payload":{"type":"token_count","info":null,"rate_limits":{"primary":{"used_percent":100}}}}
"""
GEMINI = """\
{"sessionId":"G","projectHash":"d5","startTime":"2026-11-21T05:22:24.843Z","kind":"main"}
{"id":"u","timestamp":"2026-11-21T05:22:24.852Z","type":"user","content":[{"text":"create"}]}
{"id":"g1","timestamp":"2026-11-21T05:22:24.936Z","type":"gemini","content":"I","tokens":{"input":1200,"output":42,"cached":1000,"thoughts":0,"tool":0,"total":1242},"model":"gemini-2.5-pro"}
{"$set":{"lastUpdated":"2026-11-21T05:22:24.936Z"}}
{"id":"g1","timestamp":"2026-11-21T05:22:24.936Z","type":"gemini","content":"I","tokens":{"input":1200,"output":45,"cached":1000,"thoughts":5,"tool":0,"total":1250},"model":"gemini-2.5-pro","toolCalls":[]}
{"$set":{"messages":[{"id":"g2","timestamp":"2026-11-21T05:22:25.1Z","type":"gemini","tokens":{"input":10,"output":1,"cached":0,"tool":4},"model":"gemini-2.5-pro"}]}}
"""
QWEN = """\
{"uuid":"q0","sessionId":"Q","timestamp":"2026-11-21T05:36:22.069Z","type":"system","subtype":"ui_telemetry","systemPayload":{"uiEvent":{"input_token_count":1200,"output_token_count":42}}}
{"uuid":"q1","sessionId":"Q","timestamp":"2026-11-21T05:36:22.070Z","type":"assistant","cwd":"/w","model":"qwen3","message":{"role":"model","parts":[]},"usageMetadata":{"promptTokenCount":1200,"candidatesTokenCount":42,"thoughtsTokenCount":0,"totalTokenCount":1242,"cachedContentTokenCount":1000}}
"""
PI = """\
{"type":"session","version":3,"id":"P","timestamp":"2026-11-21T13:45:34.772Z","cwd":"/w"}
{"type":"message","id":"97","timestamp":"2026-11-21T13:45:34.791Z","message":{"role":"user","content":[],"timestamp":1795268734790}}
{"type":"message","id":"8f","timestamp":"2026-11-21T13:45:34.901Z","message":{"role":"assistant","content":[],"provider":"openai","model":"gpt-5.5","usage":{"input":658,"output":8,"cacheRead":100,"cacheWrite":2,"totalTokens":766,"cost":{"total":0.5}},"timestamp":1795268734863}}
"""
COPILOT = """\
{"type":"session.start","data":{"sessionId":"C","context":{"cwd":"/w"}},"id":"e","timestamp":"2026-11-21T13:45:37.575Z"}
{"type":"session.usage_record","data":{"usage":{"model":"gpt-5.5","inputTokens":5652,"outputTokens":8,"cacheReadTokens":100,"cacheWriteTokens":0,"cost":3.0}},"id":"c1","timestamp":"2026-11-21T13:45:37.898Z"}
{"type":"session.shutdown","data":{"modelMetrics":{"gpt-5.5":{"usage":{"inputTokens":5652}}}},"id":"c9","timestamp":"2026-11-21T13:45:38Z"}
"""
PLACES = {
    "claude": ("projects/-w/S.jsonl", CLAUDE),
    "codex": ("sessions/2026/11/21/rollout-T.jsonl", CODEX_NOW),
    "gemini": (".gemini/tmp/w/chats/session-1.jsonl", GEMINI),
    "qwen": ("projects/-w/chats/Q.jsonl", QWEN),
    "pi": ("sessions/--w--/P.jsonl", PI),
    "copilot": ("session-state/C/events.jsonl", COPILOT),
}


def _lay(home: Path, vendor: str, text: str | bytes | None = None) -> Path:
    place, told = PLACES[vendor]
    path = home / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else (text or told).encode())
    return path


def read(vendor: str, home: Path, marks: dict[str, Mark] | None = None) -> list[Spent]:
    """Read what is new in a home, as somebody who keeps the marks."""
    marks = {} if marks is None else marks
    found = []
    for one in RECORDS[vendor].files(str(home)):
        for reading in RECORDS[vendor].read(one, marks.get(one.path, Mark())):
            found += reading.spent
            marks[one.path] = reading.mark
    return found


def once(spent: list[Spent]) -> dict[str, tuple[str, str, int, int, int]]:
    """Take of each request what was told last."""
    return {one.id: (one.session, one.model, one.input, one.cached, one.output) for one in spent}


TOLD: dict[str, dict[str, tuple[str, str, int, int, int]]] = {
    "claude": {
        "msg_1:req_1": ("S", "claude-opus-5-5", 400, 1000, 42),
        "msg_2:req_2": ("S", "claude-haiku-4-5", 550, 0, 7),
    },
    "codex": {
        "resp_1": ("T", "gpt-5.5-codex", 200, 1000, 42),
        "resp_2": ("T", "gpt-5.5-codex", 550, 1000, 42),
    },
    "gemini": {
        "g1": ("G", "gemini-2.5-pro", 200, 1000, 50),
        "g2": ("G", "gemini-2.5-pro", 14, 0, 1),
    },
    "qwen": {"q1": ("Q", "qwen3", 200, 1000, 42)},
    "pi": {"P:1795268734863": ("P", "openai/gpt-5.5", 660, 100, 8)},
    "copilot": {"c1": ("C", "gpt-5.5", 5552, 100, 8)},
}


@pytest.mark.parametrize("vendor", PLACES)
def test_a_record_tells_each_request_once(vendor: str, tmp_path: Path) -> None:
    _lay(tmp_path, vendor)
    marks: dict[str, Mark] = {}
    assert once(read(vendor, tmp_path, marks)) == TOLD[vendor]
    assert read(vendor, tmp_path, marks) == []


@pytest.mark.parametrize("vendor", PLACES)
def test_a_record_that_grows_byte_by_byte_tells_the_same(vendor: str, tmp_path: Path) -> None:
    path = _lay(tmp_path, vendor)
    whole = path.read_bytes()
    marks: dict[str, Mark] = {}
    found: list[Spent] = []
    for end in [*range(0, len(whole), 97), len(whole)]:
        path.write_bytes(whole[:end])
        found += read(vendor, tmp_path, marks)
    assert once(found) == TOLD[vendor]
    assert len(found) < 2 * len(whole) / 97


def test_claude_s_blocks_count_by_the_last_whatever_stands_between_them(tmp_path: Path) -> None:
    def block(ident: str | None, output: int, uuid: str, request: str | None = "r") -> str:
        # What a tool is given looks like a message's id, and comes after the real one.
        said = [{"type": "tool_use", "id": "t", "input": {"id": "msg_0"}}]
        usage = {"input_tokens": 1, "output_tokens": output}
        message = {"model": "m", "id": ident, "content": said, "usage": usage}
        line = {"message": {k: v for k, v in message.items() if v is not None}, "uuid": uuid}
        return json.dumps(line | {"requestId": request}, separators=(",", ":"))

    lines = [
        block("msg_1", 1, "a"), block("msg_1", 2, "b"), block("msg_2", 3, "c"),
        block("msg_1", 4, "d"), block("msg_2", 5, "e"), block("gen-1", 6, "f"),
        block("gen-2", 7, "g"), block(None, 8, "h", None), block("msg_2", 9, "i", "other"),
    ]  # fmt: skip
    _lay(tmp_path, "claude", "\n".join(lines) + "\n")
    assert {key: told[-1] for key, told in once(read("claude", tmp_path)).items()} == {
        "msg_1:r": 4, "msg_2:r": 5, "gen-1:r": 6, "gen-2:r": 7, "h": 8, "msg_2:other": 9
    }  # fmt: skip


@pytest.mark.parametrize("vendor", PLACES)
def test_a_record_written_anew_or_cut_short_is_read_anew(vendor: str, tmp_path: Path) -> None:
    path = _lay(tmp_path, vendor)
    marks: dict[str, Mark] = {}
    read(vendor, tmp_path, marks)
    path.write_bytes(b'{"padding":"' + b"x" * 20_000 + b'"}\n' + path.read_bytes())
    first = once(read(vendor, tmp_path, marks))
    assert first.keys() == TOLD[vendor].keys() or vendor in ("pi", "copilot")
    path.write_bytes(PLACES[vendor][1].encode())
    assert once(read(vendor, tmp_path, marks)) == TOLD[vendor]


_TORN = st.lists(
    st.tuples(st.sampled_from(("cut", "twist", "insert")), st.integers(0, 5000), st.binary()),
    max_size=4,
)


@settings(max_examples=60)
@given(st.sampled_from(sorted(PLACES)), _TORN)
def test_garbage_never_crashes_and_never_counts_twice(
    tmp_path: Path, vendor: str, harm: list[tuple[str, int, bytes]]
) -> None:
    raw = PLACES[vendor][1].encode()
    for kind, place, bytes_ in harm:
        at = place % (len(raw) + 1)
        match kind:
            case "cut":
                raw = raw[:at] + raw[at + len(bytes_) + 7 :]
            case "twist":
                raw = raw[:at] + bytes_ + raw[at + len(bytes_) :]
            case _:
                raw = raw[:at] + bytes_ + raw[at:]
    _lay(tmp_path, vendor, raw)
    marks: dict[str, Mark] = {}
    for one in read(vendor, tmp_path, marks):
        assert min(one.input, one.cached, one.output, one.written) >= 0
        assert max(one.input, one.cached, one.output) < 1 << 43
    assert read(vendor, tmp_path, marks) == []


_WRONG: tuple[Callable[[dict[str, Any]], object], ...] = (
    lambda usage: usage.update(output_tokens="many"),
    lambda usage: usage.update(output_tokens=-5),
    lambda usage: usage.update(output_tokens=1 << 70),
    lambda usage: usage.update(input_tokens=[1]),
)


@pytest.mark.parametrize("spoil", _WRONG)
def test_a_figure_that_cannot_be_is_counted_as_not_understood(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], object]
) -> None:
    lines = CLAUDE.splitlines()
    entry = json.loads(lines[2])
    spoil(entry["message"]["usage"])
    path = _lay(tmp_path, "claude", "\n".join([*lines[3:], json.dumps(entry)]) + "\n")
    found = next(iter(RECORDS["claude"].files(str(tmp_path))))
    readings = list(RECORDS["claude"].read(found, Mark()))
    assert [one.id for r in readings for one in r.spent] == ["msg_2:req_2"]
    assert sum(r.unread for r in readings) == 1
    assert path.exists()


def test_older_codex_tells_totals_of_which_repeated_ones_count_once(tmp_path: Path) -> None:
    def told(total: int, last: int | None, thread: str = "T", fork: str = "") -> str:
        usage = {"input_tokens": total, "cached_input_tokens": total // 2, "output_tokens": 10}
        info: dict[str, Any] = {"total_token_usage": usage}
        if last is not None:
            info["last_token_usage"] = {"input_tokens": last, "output_tokens": 10}
        return json.dumps({"type": "event_msg", "payload": {"type": "token_count", "info": info}})

    meta = '{"type":"session_meta","payload":{"id":"T","cwd":"/w"}}'
    lines = [meta, told(100, 100), told(100, 100), told(180, 80), told(300, None)]
    _lay(tmp_path, "codex", "\n".join(lines) + "\n")
    counts = [(one.input, one.cached) for one in read("codex", tmp_path)]
    assert counts == [(100, 0), (80, 0), (60, 60)]

    fork = tmp_path / "archived_sessions" / "rollout-U.jsonl"
    fork.parent.mkdir()
    own = '{"type":"session_meta","payload":{"id":"U","forked_from_id":"T","cwd":"/w"}}'
    fork.write_text("\n".join([own, *lines[:3], told(220, 120)]) + "\n")
    assert len(once(read("codex", tmp_path))) == 4


def test_a_codex_sub_agent_counts_for_the_session_it_was_begun_by(tmp_path: Path) -> None:
    source = '"source":{"subagent":{"thread_spawn":{"parent_thread_id":"T"}}}'
    text = CODEX_NOW.replace('"session_id":"T","id":"T"', '"id":"K"', 1)
    text = text.replace('"source":"exec"', source).replace('"session_id":"T",', "")
    _lay(tmp_path, "codex", text)
    assert {one.session for one in read("codex", tmp_path)} == {"T"}


def test_what_pi_copied_from_another_conversation_was_counted_there(tmp_path: Path) -> None:
    head, *copied = PI.splitlines()
    own = json.loads(head) | {"id": "N", "timestamp": "2026-11-21T13:46:00Z", "parentSession": "/p"}
    later = json.loads(copied[-1])
    later["message"]["timestamp"] = 1795268761000
    fork = "\n".join([json.dumps(own), *copied, json.dumps(later)])
    path = _lay(tmp_path, "pi", f"{fork}\n")
    marks: dict[str, Mark] = {}
    assert [one.id for one in read("pi", tmp_path, marks)] == ["N:1795268761000"]
    later["message"]["timestamp"] += 1
    path.write_text(f"{fork}\n{json.dumps(later)}\n")
    assert [one.id for one in read("pi", tmp_path, marks)] == ["N:1795268761001"]


def test_a_gemini_document_of_an_older_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / ".gemini/tmp/w/chats/session-1.json"
    path.parent.mkdir(parents=True)
    messages = [json.loads(line) for line in GEMINI.splitlines()[1:3]]
    path.write_text(json.dumps({"sessionId": "G", "messages": messages}, indent=1))
    (path.parents[1] / ".project_root").write_text("/w")
    (path.parents[1] / "logs.json").write_text("[]")
    assert once(read("gemini", tmp_path)) == {"g1": ("G", "gemini-2.5-pro", 200, 1000, 42)}
    assert read("gemini", tmp_path)[0].folder == "/w"


def _opencode(home: Path) -> sqlite3.Connection:
    (home / "opencode").mkdir()
    db = sqlite3.connect(home / "opencode/opencode.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT)")
    db.execute("CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, data TEXT)")
    db.execute("INSERT INTO session VALUES ('ses_1', NULL), ('ses_2', 'ses_1')")
    return db


def _message(db: sqlite3.Connection, ident: str, session: str, output: int, done: bool) -> None:
    tokens = {"input": 100, "output": output, "reasoning": 2, "cache": {"read": 50, "write": 7}}
    data = {
        "role": "assistant", "modelID": "m", "providerID": "p", "tokens": tokens, "cost": 0.25,
        "time": {"created": 1795268744640, **({"completed": 1} if done else {})},
        "path": {"cwd": "/w"},
    }  # fmt: skip
    db.execute(
        "INSERT INTO message VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data",
        (ident, session, json.dumps(data)),
    )


def test_opencode_s_database_is_read_from_the_first_message_that_still_grows(
    tmp_path: Path,
) -> None:
    db = _opencode(tmp_path)
    marks: dict[str, Mark] = {}
    assert read("opencode", tmp_path, marks) == []
    _message(db, "m1", "ses_1", 10, done=True)
    _message(db, "m2", "ses_2", 1, done=False)
    _message(db, "m3", "ses_1", 20, done=True)
    db.execute("INSERT INTO message VALUES ('u', 'ses_1', '{\"role\":\"user\"}'), ('x', '', '{')")
    found = read("opencode", tmp_path, marks)
    assert {one.id: one.output for one in found} == {"m1": 12, "m2": 3, "m3": 22}
    assert {one.session for one in found} == {"ses_1"}
    assert found[0][5:9] == (107, 50, 12, 7)
    assert found[0].cost_usd == 0.25
    _message(db, "m2", "ses_2", 40, done=True)
    assert {one.id: one.output for one in read("opencode", tmp_path, marks)}["m2"] == 42
    assert read("opencode", tmp_path, marks) == []
    db.execute("DROP TABLE message")
    assert read("opencode", tmp_path, marks) == [], "it may be just being set up"
    for file in (tmp_path / "opencode").iterdir():
        os.utime(file, (0, time.time() - 300))
    with pytest.raises(RecordsError, match="newer OpenCode"):
        read("opencode", tmp_path, marks)
    db.close()


def test_a_line_longer_than_any_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_files, "BITE", 1000)
    monkeypatch.setattr(record_files, "LONGEST", 5000)
    long = CLAUDE.splitlines()[1].replace('"text":"I"', '"text":"' + "x" * 4000 + '"')
    _lay(tmp_path, "claude", long + "\n" + '{"x":"' + "y" * 60_000 + '"}\n' + CLAUDE)
    marks: dict[str, Mark] = {}
    assert once(read("claude", tmp_path, marks)) == TOLD["claude"]
    assert read("claude", tmp_path, marks) == []


def test_a_folder_that_may_not_be_read_is_told_when_all_else_was(tmp_path: Path) -> None:
    _lay(tmp_path, "claude")
    closed = tmp_path / "projects/closed"
    closed.mkdir()
    walked = RECORDS["claude"].files(str(tmp_path))
    closed.rmdir()
    closed.symlink_to("/nowhere/at/all")  # a link that leads nowhere is no folder
    assert len(list(walked)) == 1
    assert list(RECORDS["claude"].files(str(tmp_path / "gone"))) == []


def test_a_link_that_leads_nowhere_hides_nothing_beside_it(tmp_path: Path) -> None:
    folder = _lay(tmp_path, "claude").parent
    for number in range(8):  # in whatever order a folder tells its files
        (folder / f"gone{number}.jsonl").symlink_to("/nowhere/at/all")
        (folder / f"there{number}.jsonl").touch()
    assert len(list(RECORDS["claude"].files(str(tmp_path)))) == 9


def test_a_gemini_document_that_cannot_be_read_is_told_as_any_other_record(tmp_path: Path) -> None:
    path = tmp_path / ".gemini/tmp/w/chats/session-1.json"
    path.mkdir(parents=True)
    gemini = RECORDS["gemini"]
    assert list(gemini.read(Found(str(path), 1, 1, 1), Mark())) == [], "it is no file"
    path.rmdir()
    os.mkfifo(path)
    assert list(gemini.read(Found(str(path), 1, 1, 1), Mark())) == [], "nobody waits for a pipe"
    path.unlink()
    path.symlink_to(path.name)
    with pytest.raises(RecordsError, match="cannot be read"):
        list(gemini.read(Found(str(path), 1, 1, 1), Mark()))
