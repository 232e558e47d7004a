"""`conductor usage` on the first day, and after: what a person has used, wherever it was used."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path

from conductor import events as e
from tests.cli.conftest import Line
from tests.conductor.facts import added, claimed


def transcript(home: Path, name: str, *figures: tuple[str, int], model: str = "m-1") -> Path:
    path = home / "projects" / "-work" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with path.open("a") as file:
        for ident, output in figures:
            usage = {"input_tokens": 90, "cache_creation_input_tokens": 10, "output_tokens": output}
            message = {"id": ident, "model": model, "usage": usage}
            line = {"message": message, "requestId": "r", "sessionId": name, "timestamp": stamp}
            file.write(json.dumps({**line, "cwd": "/work"}) + "\n")
    return path


def test_the_first_day_shows_what_was_used_before(conductor: Line) -> None:
    transcript(conductor.home / ".claude", "one", ("a", 3), ("a", 7), ("b", 5))
    transcript(conductor.home / ".claude", "two", ("c", 1), model="claude-opus-5-5")
    said = conductor("usage", "--json").json
    (only,) = said["subscriptions"]
    assert (only["name"], only["harness"], only["state"]) == (
        "claude (~/.claude)", "claude", "unconfigured",
    )  # fmt: skip
    assert only["tokens"] == {"input": 300, "cached": 0, "output": 13, "written": 30}
    assert (only["requests"], only["unpriced"]) == (3, ["m-1"])
    assert only["cost_usd"] > 0

    rows = list(csv.DictReader(io.StringIO(conductor("usage", "--csv", "--by", "model").out)))
    assert {row["model"]: (row["output"], row["cost_usd"]) for row in rows} == {
        "m-1": ("12", ""), "claude-opus-5-5": ("1", rows[1]["cost_usd"]),
    }  # fmt: skip

    # Now the home gets a subscription, by another name of its folder, and a session of ours.
    (conductor.home / "link").symlink_to(conductor.home / ".claude")
    config = f'[[subscription]]\nname = "max"\nharness = "claude"\nhome = "{conductor.home}/link"\n'
    (conductor.home / "config.toml").write_text(config)
    with conductor.journal() as journal:
        journal.append(
            added(title="=1+1"), claimed().but(harness="claude"), e.SessionNamed("s1", "one")
        )
    said = conductor("usage", "--by", "task", "--json").json
    assert {row["key"]: row["requests"] for row in said["rows"]} == {"t1": 2, "": 1}
    assert [row["title"] for row in said["rows"] if row["key"]] != [None]
    assert "t1,'=1+1,2," in conductor("usage", "--by", "task", "--csv").out
    assert "'" not in conductor("stats", "--csv").out
    table = conductor("usage")
    assert "max" in table.out
    assert "~/.claude" not in table.out
    assert table.err == ""


def test_what_cannot_be_counted_is_said(conductor: Line) -> None:
    home = conductor.home / "account"
    config = f'[[subscription]]\nname = "max"\nharness = "claude"\nhome = "{home}"\n'
    (conductor.home / "config.toml").write_text(config)
    path = transcript(home, "one", ("a", -4), ("b", 5))
    text = path.read_text()
    path.write_text(text + text.splitlines()[1].replace('"b"', '"d"').replace("20", "29") + "\n")
    said = conductor("usage", "--by", "day")
    assert "2 lines could not be understood, or bear a time that cannot be" in said.err
    assert said.out.splitlines()[1].split()[:2] == [time.strftime("%Y-%m-%d"), "2"]
    path.unlink()
    home.rename(conductor.home / "elsewhere")
    said = conductor("usage")
    assert f"{home} is gone" in said.err
    assert "stays counted" in said.err
    assert "200" in said.out
