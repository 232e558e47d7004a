"""What Codex is started with, and what its lines mean, cut from what 0.163.0 wrote."""

from __future__ import annotations

import itertools
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from conductor.runner.reading import Told
from harnesses import (
    Ask,
    Asked,
    Busy,
    Context,
    HarnessError,
    Idle,
    Limited,
    Named,
    Order,
    Permissions,
    Prompted,
    Recorded,
    TurnFailed,
    Used,
    Window,
)
from harnesses.codex import Codex

CODEX = Codex()


def order(**more: Any) -> Order:
    folder = Path("/home/it's/s1")
    given: dict[str, Any] = {"repo": Path('/work/a "repo"'), "trusted": True, **more}
    return Order("s1", Path("/tree"), folder, folder / "inbox.jsonl", **given)


def settings(argv: tuple[str, ...]) -> dict[str, Any]:
    """Read the settings of a launch as Codex does: each a key and a TOML value."""
    found: dict[str, Any] = {}
    for flag, word in itertools.pairwise(argv):
        if flag == "-c":
            key, _, value = word.partition("=")
            found[key] = tomllib.loads(f"it = {value}")["it"]
    return found


def read(**entry: Any) -> list[object]:
    return list(CODEX.read(json.dumps(entry)))


def record(kind: str, **payload: Any) -> list[object]:
    return read(type=kind, payload=payload)


def test_a_start_carries_prompt_hooks_and_trust() -> None:
    launch = CODEX.launch(order(prompt="--do\nit", home=Path("/acc"), model="gpt"))
    assert launch.argv[-2:] == ("--", "--do\nit")
    assert launch.argv[:4] == ("codex", "--no-daemon", "--disable", "daemon_auto_start")
    assert launch.env == {"CODEX_HOME": "/acc"}
    given = settings(launch.argv)
    assert given["projects"] == {'/work/a "repo"': {"trust_level": "trusted"}}
    events = {key.removeprefix("hooks.") for key in given if key.startswith("hooks.")} - {"state"}
    assert events == {"SessionStart", "UserPromptSubmit", "PermissionRequest", "Interrupt", "Stop"}
    assert len(given["hooks.state"]) == len(events)
    patience = {one: given[f"hooks.{one}"][0]["hooks"][0]["timeout"] for one in events}
    assert patience.pop("Interrupt") == 3, "Codex lets it have no more"
    assert set(patience.values()) == {60}
    again = CODEX.launch(order(resume="r", permissions=Permissions.ALL))
    assert again.argv[:3] == ("codex", "resume", "r")
    assert again.argv[again.argv.index("--ask-for-approval") + 1] == "never"


def test_without_trust_or_with_too_much_nothing_starts() -> None:
    with pytest.raises(HarnessError, match="conductor trust"):
        CODEX.launch(order(trusted=False))
    with pytest.raises(HarnessError, match="too long"):
        CODEX.launch(order(prompt="x" * 200_000))


def test_hooks_tell_the_state() -> None:
    assert read(hook_event_name="UserPromptSubmit", session_id="t", prompt="hi") == [
        Named("t"), Prompted("hi"),
    ]  # fmt: skip
    given = {"command": "touch x", "description": "I want it"}
    asks = [
        read(hook_event_name="PermissionRequest", turn_id="u", tool_name="Bash", tool_input=one)[0]
        for one in (given, given, {**given, "command": "touch y"})
    ]
    assert asks[0] == asks[1]
    assert isinstance(asks[0], Asked)
    assert isinstance(asks[2], Asked)
    assert asks[0].text == "Bash: I want it\ntouch x"
    assert asks[0].ask != asks[2].ask
    assert read(hook_event_name="Interrupt") == [Idle()]
    assert read(hook_event_name="Stop", last_assistant_message="so") == [Idle("so")]
    assert read(conductor="began", pid=1, of={"transcript_path": "/r"}) == [Recorded("/r")]
    for line in ("", "{", "[]", '{"payload": 3}', '{"payload": {}, "type": 4}'):
        assert list(CODEX.read(line)) == []


def test_titles_tell_who_waits() -> None:
    assert CODEX.read_title("⠼ project") == Busy()
    assert CODEX.read_title("project") == Idle()
    assert isinstance(CODEX.read_title("[ ! ] Action Required | project"), Asked)


def test_cached_tokens_are_not_counted_twice() -> None:
    usage = {"input_tokens": 2750, "cached_input_tokens": 2000, "output_tokens": 84}
    (used,) = record("token_usage_record", response_id="resp_1", usage=usage)
    told = Told()
    for using in record("turn_context", model="gpt-5.5-codex"):
        told.complete(using, 0.0)  # type: ignore[arg-type]
    assert isinstance(used, Used)
    assert told.complete(used, 0.0) == Used("resp_1", "gpt-5.5-codex", 750, 2000, 84)


def test_the_context_holds_what_the_last_request_took() -> None:
    last = {"input_tokens": 1550, "cached_input_tokens": 1000, "total_tokens": 1592}
    info = {"last_token_usage": last, "model_context_window": 258_400}
    assert record("event_msg", type="token_count", info=info) == [Context(1592, 258_400)]
    assert record("event_msg", type="token_count", info={**info, "last_token_usage": None}) == []


def test_a_limit_ends_when_the_full_window_resets() -> None:
    primary = {"used_percent": 100.0, "window_minutes": 300, "resets_at": 1000}
    secondary = {"used_percent": 61.0, "window_minutes": 10080, "resets_at": 9000}
    windows = record("event_msg", type="token_count", info=None, rate_limits={
        "primary": primary, "secondary": secondary,
    })  # fmt: skip
    assert windows == [
        Window("5h", 1.0, 1000.0, 18000.0),
        Window("week", 0.61, 9000.0, 604800.0),
    ]
    told = Told()
    for one in windows:
        told.complete(one, 500.0)  # type: ignore[arg-type]
    error = {"message": "You've hit your limit", "codex_error_info": "usage_limit_exceeded"}
    (limit,) = record("event_msg", type="task_complete", error=error)
    assert isinstance(limit, Limited)
    assert told.complete(limit, 500.0) == Limited(1000.0, "You've hit your limit", "5h")
    assert Told().complete(limit, 500.0) == Limited(None, "You've hit your limit")
    failed = {"message": "no such model"}
    assert record("event_msg", type="task_complete", error=failed) == [TurnFailed("no such model")]
    assert record("event_msg", type="task_complete", last_agent_message="x") == []


def test_its_server_is_asked_for_windows() -> None:
    asked = CODEX.ask_windows(order(home=Path("/acc")))
    assert asked.env["CODEX_HOME"] == "/acc"
    assert asked.argv == ("codex", "app-server")
    assert [json.loads(line)["method"] for line in asked.lines][-1] == "account/rateLimits/read"
    primary = {"usedPercent": 37, "windowDurationMins": 300, "resetsAt": 1000}
    spark = {"limitId": "spark", "limitName": "GPT Spark", "primary": primary, "secondary": None}
    limits = {"codex": {"limitName": None, "primary": primary}, "spark": spark, "odd": 3}
    line = json.dumps({"id": 2, "result": {"rateLimitsByLimitId": limits}})
    assert list(CODEX.read(line)) == [
        Window("5h", 0.37, 1000.0, 18000.0),
        Window("5h GPT Spark", 0.37, 1000.0, 18000.0, "GPT Spark"),
    ]
    assert list(CODEX.read('{"id": 2, "result": {}}')) == []


def test_keys_are_pressed_only_into_the_dialog_that_was_asked_about() -> None:
    ask = Ask("u-1", "permission", "Bash: I want it\n" + "touch x && " * 30)
    allow = CODEX.answer(ask, "allow")
    assert allow.submit == ("y",)
    assert any(one.startswith("touch x") for one in allow.needs)
    deny = CODEX.answer(ask, "deny: not today")
    assert (deny.clear, deny.submit, deny.then) == (("Escape",), (), "not today")
    assert CODEX.answer(ask, "deny").submit == ()
    patch = "*** Update File: a.txt\n@@\n-x\n+y\n*** Add File: b.txt\n+*** Add File: c.txt"
    edit = CODEX.answer(Ask("u-2", "permission", f"apply_patch\n*** Begin Patch\n{patch}"), "allow")
    assert edit.needs == ("Press enter to confirm", "esc to cancel", "Destination:", "b.txt")
    with pytest.raises(HarnessError, match="own terminal"):
        CODEX.answer(Ask("x", "question"), "words")
    assert "enter select" in CODEX.say("hi").never
