"""The runner counts what a subscription's vendor records, from its first day and within moments."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

from conductor import events as e
from conductor import meters
from conductor.meters import Split
from conductor.runner.usage import BITE
from tests.conductor.facts import added, claimed
from tests.runner.house import House, soon

SUBSCRIPTION = """
[[subscription]]
name = "{name}"
harness = "claude"
home = "{home}"
"""


def _line(ident: str, output: int = 10, session: str = "conversation", at: float = 0.0) -> str:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at or time.time()))
    usage = {"input_tokens": 100, "cache_read_input_tokens": 50, "output_tokens": output}
    message = {"id": ident, "role": "assistant", "model": "claude-opus-5-5", "usage": usage}
    told = {"type": "assistant", "message": message, "requestId": "r", "cwd": "/work/repo/below"}
    return json.dumps({**told, "sessionId": session, "timestamp": stamp}) + "\n"


def _transcript(home: Path, name: str, *lines: str) -> Path:
    path = home / "projects" / "-work" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write("".join(lines))
    return path


def test_a_home_is_read_and_followed_whatever_becomes_of_it(house: House, tmp_path: Path) -> None:
    home = tmp_path / "claude"
    padding = json.dumps({"type": "user", "message": {"content": "x" * 9000}}) + "\n"
    assert len(padding) * 300 > BITE, "so much that another process reads it"
    _transcript(home, "old", padding * 300, _line("m0", at=time.time() - 9 * 86400))
    (tmp_path / "link").symlink_to(home)
    more = SUBSCRIPTION.format(name="max", home=home)
    house.configure(more=more + SUBSCRIPTION.format(name="same", home=tmp_path / "link"))
    with house.running():

        def counted(split: Split = Split.SUBSCRIPTION) -> dict[str, int]:
            found = meters.totals(house.journal, 0.0, split)
            return {key: one.requests for key, one in found.items()}

        soon(lambda: counted() == {"max": 1})
        _transcript(home, "new", _line("m1", 1), _line("m1", 7))
        soon(lambda: counted() == {"max": 2})
        (home / "projects" / "later").mkdir()
        (home / "projects" / "later" / "x.jsonl").write_text(_line("m2"))
        soon(lambda: counted() == {"max": 3})

        # A conversation turns out to be a session of ours: all of it counts for that.
        house.journal.append(added(), claimed().but(harness="claude"))
        house.journal.append(e.SessionNamed("s1", "conversation"))
        soon(lambda: counted(Split.SESSION) == {"s1": 3})

        closed = home / "projects" / "closed"
        closed.mkdir()
        if os.getuid():
            closed.chmod(0)
        (home / "projects").rename(tmp_path / "away")
        (tmp_path / "away").rename(home / "projects")
        _transcript(home, "after", _line("m3"))
        soon(lambda: counted() == {"max": 4})
        cost = meters.totals(house.journal, 0.0)["max"].cost_usd
        assert cost is not None
        assert abs(cost - 4 * (100 * 4 + 50 * 0.2 + 9.25 * 20) / 1e6) < 1e-9


def test_a_home_that_cannot_be_read_or_goes_is_told_and_the_others_are_read(
    house: House, tmp_path: Path
) -> None:
    database = tmp_path / "data" / "opencode" / "opencode.db"
    database.parent.mkdir(parents=True)
    database.write_text("this is no database at all, but long enough to be taken for one" * 9)
    _transcript(tmp_path / "claude", "old", _line("m0"))
    broken = f'\n[[subscription]]\nname = "oc"\nharness = "opencode"\nhome = "{tmp_path}/data"\n'
    house.configure(more=broken + SUBSCRIPTION.format(name="max", home=tmp_path / "claude"))
    with house.running():
        soon(lambda: meters.totals(house.journal, 0.0).keys() == {"max"})
        trouble = house.until(lambda state: state.troubles.get("the records of oc"))
        assert "opencode.db cannot be read" in trouble.why
        database.unlink()
        house.configure(more=SUBSCRIPTION.format(name="max", home=tmp_path / "claude"))
        house.until(lambda state: not state.troubles)

        # It goes while it is followed: that is told, and undone when it is there again.
        (tmp_path / "claude").rename(tmp_path / "away")
        house.journal.append(added())  # no watch tells: it is seen when the runner looks
        gone = house.until(lambda state: state.troubles.get("the records of max"))
        assert f"{tmp_path}/claude is gone" in gone.why
        (tmp_path / "away").rename(tmp_path / "claude")
        _transcript(tmp_path / "claude", "new", _line("m1"))
        house.journal.append(added("t2"))
        house.until(lambda state: not state.troubles)
        soon(lambda: meters.totals(house.journal, 0.0)["max"].requests == 2)
        shutil.rmtree(tmp_path / "claude")  # of which the watch tells
        house.until(lambda state: "the records of max" in state.troubles)
