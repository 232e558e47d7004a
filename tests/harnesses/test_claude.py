"""What Claude Code's files are changed to, what its lines mean, and what its hooks cost.

The lines are cut from what 2.1.329 wrote; the conformance suite runs the program itself.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from conductor.runner import pipes
from conductor.runner.seeding import sow
from conductor.terminals import processes
from harnesses import (
    Ask,
    Asked,
    Busy,
    Context,
    HarnessError,
    Idle,
    Launch,
    Limited,
    Order,
    Permissions,
    Prompted,
    Recorded,
    Settled,
    Stands,
    TurnFailed,
    Used,
    Window,
    hooks,
)
from harnesses.claude import Claude
from tests.waiting import until

CLAUDE = Claude()


def order(tmp: Path, **more: Any) -> Order:
    folder = tmp / "it's a folder"
    folder.mkdir(exist_ok=True)
    (tmp / "account").mkdir(exist_ok=True)
    given: dict[str, Any] = {"repo": Path("/work/repo"), "trusted": True, **more}
    return Order("s1", tmp / "tree", folder, folder / "inbox.jsonl", home=tmp / "account", **given)


def read(**entry: Any) -> list[object]:
    return list(CLAUDE.read(json.dumps(entry)))


def seeded(given: Order) -> dict[str, str]:
    launch = CLAUDE.launch(given)
    return sow(Launch(launch.argv, {}, {}, merges=launch.merges), given.folder)


def test_a_launch_names_its_conversation_and_its_permissions(tmp_path: Path) -> None:
    new = CLAUDE.launch(order(tmp_path, fresh="f" * 8, model="opus"))
    assert new.argv[-2:] == ("--session-id", "f" * 8)
    assert "default" in new.argv
    assert "opus" in new.argv
    assert new.env["CLAUDE_CONFIG_DIR"] == str(tmp_path / "account")
    again = CLAUDE.launch(order(tmp_path, resume="r", fresh="f", permissions=Permissions.EDITS))
    assert again.argv[-2:] == ("--resume", "r")
    assert "acceptEdits" in again.argv


def test_what_stands_in_its_own_file_is_kept_to_the_byte(tmp_path: Path) -> None:
    given = order(tmp_path)
    path = tmp_path / "account" / ".claude.json"
    kept = {"numStartups": 3, "ü": "…", "cost": 0.21076600000000004, "projects": {"/else": {}}}
    path.write_text(json.dumps(kept, indent=2, ensure_ascii=False))
    path.chmod(0o640)
    before = path.read_text()
    assert seeded(given) == {}
    after = path.read_text()
    lines = after.splitlines()
    assert [
        line
        for line in before.splitlines()
        if line.rstrip(",") not in {one.rstrip(",") for one in lines}
    ] == []
    added = json.loads(after)
    assert added.pop("hasCompletedOnboarding") is True
    assert added["projects"].pop("/work/repo") == {"hasTrustDialogAccepted": True}
    assert added["projects"].pop("/else") == {}
    assert {**kept, "projects": {}} == added
    assert path.stat().st_mode & 0o777 == 0o640
    stamp = path.stat()
    seeded(given)
    assert path.stat() == stamp, "nothing to change: nothing is written"


def test_a_link_to_its_file_stays_a_link(tmp_path: Path) -> None:
    given = order(tmp_path)
    (tmp_path / "dotfiles").write_text("{}")
    (tmp_path / "account" / ".claude.json").symlink_to(tmp_path / "dotfiles")
    seeded(given)
    assert (tmp_path / "account" / ".claude.json").is_symlink()
    assert "hasTrustDialogAccepted" in (tmp_path / "dotfiles").read_text()


@pytest.mark.parametrize("text", ['{"a": 1,}', "[]", '{"projects": 3}', "", "\xff"])
def test_a_file_that_is_wrong_is_left_alone_and_named(tmp_path: Path, text: str) -> None:
    given = order(tmp_path)
    path = tmp_path / "account" / ".claude.json"
    path.write_bytes(text.encode("latin-1"))
    if text == "":
        seeded(given)  # an empty file is what one that was just made looks like
        return
    with pytest.raises(HarnessError, match=r"\.claude\.json"):
        seeded(given)
    assert path.read_bytes() == text.encode("latin-1")
    assert os.listdir(tmp_path / "account") == [".claude.json"]


def test_while_it_is_in_use_the_launch_carries_the_trust(tmp_path: Path) -> None:
    given = order(tmp_path)
    (tmp_path / "account" / "sessions").mkdir()
    user = tmp_path / "account" / "sessions" / f"{os.getpid()}.json"
    user.write_text("{}")
    assert seeded(given) == {"CLAUDE_CODE_SANDBOXED": "1"}
    me = processes.find(os.getpid())
    assert me is not None
    user.write_text(json.dumps({"procStart": me.started}))
    assert seeded(given) == {"CLAUDE_CODE_SANDBOXED": "1"}
    assert not (tmp_path / "account" / ".claude.json").exists()
    if me.started.isdigit():  # it was killed, and its number is another's by now
        user.write_text(json.dumps({"procStart": f"{int(me.started) - 1}"}))
        assert seeded(given) == {}
        assert (tmp_path / "account" / ".claude.json").exists()


def test_without_the_persons_trust_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="conductor trust /work/repo"):
        seeded(order(tmp_path, trusted=False))
    path = tmp_path / "account" / ".claude.json"
    path.write_text('{"projects": {"/work/repo": {"hasTrustDialogAccepted": true}}}')
    seeded(order(tmp_path, trusted=False))  # it was given in their own terminal


def test_a_missing_home_is_said(tmp_path: Path) -> None:
    given = order(tmp_path)
    (tmp_path / "account").rmdir()
    with pytest.raises(HarnessError, match="sign in"):
        seeded(given)


def test_limits_and_failures_are_told_apart() -> None:
    said = {"id": "m", "model": "<synthetic>", "content": [{"type": "text", "text": "no"}]}
    failed = {"type": "assistant", "isApiErrorMessage": True, "message": said}
    limit = {"status": "rejected", "resetsAt": 1795249124}
    assert read(**failed, quotaLimits=limit) == [Limited(1795249124.0, "no")]
    week = {**limit, "rateLimitType": "seven_day_opus"}
    assert read(**failed, quotaLimits=week) == [
        Window("week opus", 1.0, 1795249124.0, 604800.0, "opus"),
        Limited(1795249124.0, "no", "week opus", "opus"),
    ]
    assert read(**failed, apiErrorStatus=429) == [TurnFailed("no")]
    assert read(**failed, quotaLimits=limit, isSidechain=True) == []


def test_windows_are_read_from_the_status_line_and_from_events() -> None:
    told = {"five_hour": {"used_percentage": 37.5, "resets_at": 100}, "credits": {}}
    expected = [Window("5h", 0.375, 100.0, 18000.0, "", 90.0)]
    assert read(conductor="limits", at=90, of=told) == expected
    event = {"five_hour": {"utilization": 0.375, "resetsAt": 100}, "seven_day": None}
    found = read(type="rate_limit_event", rate_limit_info={"unifiedWindows": event})
    assert found == [Window("5h", 0.375, 100.0, 18000.0)]


def test_our_status_line_tells_windows_once_and_keeps_the_persons_own(tmp_path: Path) -> None:
    theirs = {"type": "command", "command": 'sed \'s/.*model":"//; s/".*//\''}
    given = order(tmp_path)
    (tmp_path / "account" / "settings.json").write_text(json.dumps({"statusLine": theirs}))
    launch = Claude().launch(given)
    given.folder.mkdir(exist_ok=True)
    for path, text in launch.seeds.items():
        path.write_text(text)
    command = json.loads((given.folder / "claude.json").read_text())["statusLine"]["command"]

    def show(used: float, **more: object) -> str:
        limits = {"five_hour": {"used_percentage": used, "resets_at": 100}}
        told = {"model": "opus", **more, "rate_limits": limits, "prompt_id": "x"}
        text = json.dumps(told, separators=(",", ":"))
        done = subprocess.run(
            ["sh", "-c", command], input=text, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert [show(used) for used in (40, 40, 41)] == ["opus"] * 3
    lines = given.inbox.read_text().splitlines()
    assert [one.used for line in lines for one in Claude().read(line)] == [0.4, 0.41]

    def holds(percent: int | None) -> None:
        beside = {"current_usage": {"input_tokens": 7}, "total_input_tokens": 550}
        window = {"context_window_size": 200_000, **beside, "used_percentage": percent}
        show(41, context_window=window)

    for percent in (None, 8, 8, 9):
        holds(percent)
    lines = given.inbox.read_text().splitlines()[len(lines) :]
    told = [one for line in lines for one in Claude().read(line)]
    assert told == [Context(16_000, 200_000), Context(18_000, 200_000)], "each once, and no null"


def test_asked_for_windows_it_says_one_word_and_leaves_nothing_behind(tmp_path: Path) -> None:
    asked = CLAUDE.ask_windows(order(tmp_path))
    assert {"-p", "--no-session-persistence", "--strict-mcp-config"} <= set(asked.argv)
    assert asked.argv[asked.argv.index("--tools") + 1] == ""
    assert asked.argv[asked.argv.index("--setting-sources") + 1] == "", "none of its hooks run"
    assert asked.env["CLAUDE_CONFIG_DIR"] == str(tmp_path / "account")


def test_usage_is_counted_by_the_vendors_ids() -> None:
    usage = {
        "input_tokens": 3, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 400,
        "output_tokens": 5000,
    }  # fmt: skip
    message = {"id": "msg_1", "model": "claude-opus", "usage": usage}
    found = read(type="assistant", requestId="req_1", message=message)
    assert found == [Used("msg_1:req_1", "claude-opus", 23, 400, 5000, written=20)]


def test_lines_of_the_inbox_and_the_status() -> None:
    of = {"session_id": "u", "transcript_path": "/h/projects/p/u.jsonl", "source": "startup"}
    assert read(conductor="began", pid=7, of=of) == [
        Recorded("/h/projects/p/u.jsonl"), Recorded("/h/sessions/7.json", whole=True), Idle(),
    ]  # fmt: skip
    assert read(hook_event_name="UserPromptSubmit", session_id="u", prompt="hi")[1:] == [
        Prompted("hi")
    ]
    assert read(hook_event_name="Stop", last_assistant_message="Done") == [Idle("Done")]
    assert read(status="busy", statusUpdatedAt=2000) == [Stands(Busy(), 2.0)]
    (stands,) = read(status="waiting", waitingFor="permission prompt", statusUpdatedAt=2000)
    assert isinstance(stands, Stands)
    assert stands.hooked
    (stands,) = read(status="waiting", waitingFor="sandbox request", statusUpdatedAt=2000)
    assert isinstance(stands, Stands)
    assert not stands.hooked
    assert read(type="user", message={"content": [{"text": "[Request interrupted by user]"}]}) == [
        Idle()
    ]
    for line in ("", "null", "{", '{"conductor":"launched","pid":1}', "[1]", '{"message": 3}'):
        assert list(CLAUDE.read(line)) == []


def test_hooks_tell_whole_lines_and_hear_the_answer(tmp_path: Path) -> None:
    given = order(tmp_path)
    sow(Launch((), {}, CLAUDE.launch(given).seeds), given.folder)
    big = json.dumps({"tool_name": "Bash", "tool_input": {"command": "x" * 100_000}})
    argv = ["/bin/sh", "-c", hooks.command(given.folder, "ask")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as hook:
        assert hook.stdin is not None
        assert hook.stdout is not None
        hook.stdin.write(big.encode())
        hook.stdin.close()
        asked = None
        while asked is None:
            lines = given.inbox.read_text().splitlines() if given.inbox.exists() else []
            asked = next((one for line in lines for one in CLAUDE.read(line)), None)
        assert isinstance(asked, Asked)
        reply = CLAUDE.answer(Ask(asked.ask, asked.kind), "deny: it's\n“no”")
        pipes.write(given.folder / reply.pipe, reply.text)
        told = json.loads(hook.stdout.read())["hookSpecificOutput"]["decision"]
    assert told == {"behavior": "deny", "message": "it's\n“no”"}
    assert CLAUDE.read(given.inbox.read_text().splitlines()[-1]) == (Settled(asked.ask),)
    assert not list(given.folder.glob("ask-*"))
    with pytest.raises(HarnessError, match="any more"):
        pipes.write(given.folder / reply.pipe, reply.text)


def test_a_turns_end_lets_go_of_hooks_that_wait_in_vain(tmp_path: Path) -> None:
    given = order(tmp_path)
    sow(Launch((), {}, CLAUDE.launch(given).seeds), given.folder)
    argv = ["/bin/sh", "-c", hooks.command(given.folder, "ask")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as hook:
        assert hook.stdin is not None
        hook.stdin.close()
        until(given.inbox.exists)
        end = time.monotonic() + 10
        while hook.poll() is None and time.monotonic() < end:
            tell(given, "turn", b"{}")
        assert hook.wait(5) == 0
        assert hook.stdout is not None
        assert hook.stdout.read() == b""


def test_a_turns_end_leaves_what_helpers_ask_until_all_of_them_are_done(tmp_path: Path) -> None:
    given = order(tmp_path)
    sow(Launch((), {}, CLAUDE.launch(given).seeds), given.folder)
    argv = ["/bin/sh", "-c", hooks.command(given.folder, "ask")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as hook:
        assert hook.stdin is not None
        hook.stdin.write(b'{"agent_id":"x1","tool_name":"Bash"}')
        hook.stdin.close()
        until(given.inbox.exists)
        tell(given, "turn", b'{"background_tasks":[{"type":"subagent"}]}')
        with pytest.raises(subprocess.TimeoutExpired):
            hook.wait(0.3)
        end = time.monotonic() + 10
        while hook.poll() is None and time.monotonic() < end:
            tell(given, "turn", b'{"background_tasks":[]}')
        assert hook.wait(5) == 0


def test_a_turn_is_not_over_while_helpers_are_at_work() -> None:
    tasks = [{"type": "subagent", "status": "running"}]
    assert not read(hook_event_name="Stop", background_tasks=tasks)
    tasks = [{"type": "shell", "status": "running"}, {"type": "subagent", "status": "completed"}]
    assert read(hook_event_name="Stop", background_tasks=tasks)[-1] == Idle()
    assert read(hook_event_name="SubagentStop", agent_id="x1") == [Settled(helper="x1")]


def tell(given: Order, verb: str, line: bytes) -> None:
    argv = ["/bin/sh", "-c", hooks.command(given.folder, verb)]
    subprocess.run(argv, input=line, check=True)


def test_hooks_that_run_at_once_tear_no_line(tmp_path: Path) -> None:
    given = order(tmp_path)
    sow(Launch((), {}, CLAUDE.launch(given).seeds), given.folder)
    line = json.dumps({"hook_event_name": "Stop", "last_assistant_message": "y" * 50_000}).encode()
    threads = [threading.Thread(target=tell, args=(given, "note", line)) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [json.loads(one) for one in given.inbox.read_text().splitlines()] == [
        json.loads(line)
    ] * 12


def test_a_hook_costs_little(tmp_path: Path) -> None:
    given = order(tmp_path)
    sow(Launch((), {}, CLAUDE.launch(given).seeds), given.folder)
    times = []
    for _ in range(15):
        before = spent()
        tell(given, "turn", b'{"hook_event_name": "Stop"}' + b" " * 2000)
        times.append(spent() - before)
    assert sorted(times)[3] < 0.010, times  # of the processor: a busy machine decides nothing


def spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_changes_made_at_once_all_arrive(tmp_path: Path) -> None:
    given = [order(tmp_path, repo=Path(f"/work/r{number}")) for number in range(8)]
    threads = [threading.Thread(target=seeded, args=(one,)) for one in given]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    known = json.loads((tmp_path / "account" / ".claude.json").read_text())["projects"]
    assert set(known) == {f"/work/r{number}" for number in range(8)}


def test_what_it_shows_while_it_waits_for_a_reset_is_no_dialog() -> None:
    from conductor.runner.typist import fits

    words = CLAUDE.say("Continue.")
    waits = [
        ">", "⚠ Usage limit reached · limit resets 5:07pm",
        "  Continuing automatically at 5:07pm · Esc to cancel", "⏵⏵ accept edits on",
    ]  # fmt: skip
    assert fits("\n".join(waits), words)
    assert fits("\n".join([*waits[:2], "Continuing shortly · Esc to cancel", "⏵⏵"]), words)
    assert not fits("Do you want to proceed?\n> 1. Yes\n\nEsc to cancel · Tab to amend", words)
    assert not fits("\n".join([*waits[:3], "Enter to select · Esc to cancel"]), words)
