"""From records to the journal: once each, whoever reads, whatever happens in between."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conductor import events as e
from conductor import intake, meters, samples
from conductor.homes import Home, doubled, homes, vendors
from conductor.intake import Intake
from conductor.journal import Journal
from conductor.meters import Split
from conductor.readers import read_homes
from conductor.samples import Sample
from harnesses.records import RecordsError
from harnesses.records.registry import RECORDS
from tests.cli.test_usage import transcript
from tests.conductor.facts import added, claimed


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(str(tmp_path / "journal")) as made:
        yield made


def _read(journal: Journal, *where: Path) -> list[str]:
    failed: list[str] = []
    read_homes(
        Intake(journal), [Home("claude", str(one), "max") for one in where],
        lambda _, error: failed.append(str(error)),
    )  # fmt: skip
    return failed


def _raise(_: Home, error: RecordsError) -> None:
    raise error


def _requests(journal: Journal, by: Split = Split.NOTHING) -> dict[str, int]:
    return {key: one.requests for key, one in meters.totals(journal, 0.0, by).items()}


def test_what_was_read_before_its_session_was_named_counts_for_it(
    journal: Journal, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    known = Intake(journal)
    known.attribute(journal.state)
    for task, session, told in (("t1", "s1", "c1"), ("t2", "s2", "c2")):
        journal.append(added(task), e.SessionClaimed(session, task, "claude", "max"))
        transcript(home, told, (f"{told}-1", 5))
        read_homes(known, [Home("claude", str(home), "max")], _raise)
        assert _requests(journal, Split.SESSION)[told] == 1
        journal.append(e.SessionNamed(session, told))
        if task == "t2":  # it ends, and something else is read, before anybody looks
            journal.append(e.SessionEnded(session, "told"))
        transcript(home, f"other-{task}", (f"{task}-1", 5))
        read_homes(known, [Home("claude", str(home), "max")], _raise)
        known.attribute(journal.state)
        assert samples.totals(journal.db)[session].requests == 1


def test_helpers_read_the_same_as_we_do(journal: Journal, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for number in range(40):
        lines = [(f"{number}-{n // 2}", n) for n in range(30)]
        transcript(home, f"c{number}", *lines)
    transcript(home, "again", ("3-1", 9))  # a conversation gone on with in another file
    _read(journal, home)
    other = tmp_path / "other"
    done = subprocess.run(
        [sys.executable, "-c", _HELPED, str(other), str(home)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "split off\n" * 2, "")
    with Journal(str(other)) as kept:
        rows = [
            sorted(one.db.execute("SELECT key, input, output FROM requests"))
            for one in (journal, kept)
        ]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 600


_HELPED = """
import os, sys
from conductor import readers
from conductor.homes import Home
from conductor.intake import Intake
from conductor.journal import Journal
split = os.fork
def fork():
    pid = split()
    if pid: print("split off", flush=True)
    return pid
os.fork, readers.MUCH, readers._AT_ONCE, readers._MANY = fork, 1, 50, 7
with Journal(sys.argv[1]) as journal:
    readers.read_homes(Intake(journal), [Home("claude", sys.argv[2], "max")], None)
    assert journal.db.execute("PRAGMA synchronous").fetchone() == (2,)
"""


def test_what_is_half_read_is_read_on(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    transcript(home, "one", *[(f"m{n}", n) for n in range(50)])
    monkeypatch.setattr("harnesses.records.files.BITE", 2000)
    kept = Intake.keep
    counts = iter(range(99))

    def keep(self: Intake, told: list[intake.Read]) -> int:
        if next(counts) == 2:
            raise KeyboardInterrupt
        return kept(self, told)

    monkeypatch.setattr(Intake, "keep", keep)
    with pytest.raises(KeyboardInterrupt):
        _read(journal, home)
    assert 0 < _requests(journal)[""] < 50
    _read(journal, home)
    assert _requests(journal) == {"": 50}


def test_a_copy_of_a_home_counts_nothing_twice(journal: Journal, tmp_path: Path) -> None:
    transcript(tmp_path / "a", "one", ("x", 1), ("y", 2))
    transcript(tmp_path / "b", "one", ("x", 1), ("y", 2), ("z", 3))
    _read(journal, tmp_path / "a", tmp_path / "b")
    assert _requests(journal) == {"": 3}


def test_two_names_of_one_folder_are_one_home(tmp_path: Path) -> None:
    from conductor.config import Subscription

    (tmp_path / ".claude" / "projects").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / ".claude")
    given = [
        Subscription(name="a", harness="claude", home=str(tmp_path / "link")),
        Subscription(name="b", harness="claude"),
        Subscription(name="c", harness="codex", home=str(tmp_path / "link")),
        Subscription(name="d", harness="builtin"),
    ]
    found = homes(given, RECORDS, {"HOME": str(tmp_path)}, unclaimed=True)
    names = {(one.subscription, one.path.removeprefix(str(tmp_path))) for one in found}
    assert ("a", "/.claude") in names
    assert ("c", "/.claude") in names
    assert ("b", "/.claude") not in names
    assert "d" not in {name for name, _ in names}
    twice = [given[0], given[1].but(home=str(tmp_path / ".claude")), *given[2:]]
    ((name, told),) = doubled(twice)
    assert name == "b"
    assert told.startswith("its home is that of a: ")
    other = twice[1].but(env={"ANTHROPIC_API_KEY": "x"})
    assert doubled([twice[0], other]) == [], "another key in one home is another account"


def test_what_an_agent_tells_itself_is_not_read_again(journal: Journal, tmp_path: Path) -> None:
    transcript(tmp_path, "told-by-itself", ("x", 1))
    transcript(tmp_path, "other", ("y", 1))
    journal.append(added(), claimed().but(harness="some-acp"))
    journal.append(e.SessionNamed("s1", "told-by-itself"))
    _read(journal, tmp_path)
    assert _requests(journal, Split.SESSION) == {"other": 1}


def test_an_agent_over_acp_counts_by_its_own_programs_records(
    journal: Journal, tmp_path: Path
) -> None:
    from conductor.config import Subscription

    transcript(tmp_path, "over-acp", ("x", 1), ("y", 2))
    tables = {
        "by-acp": {"acp": ["claude-agent-acp"], "own": ["/opt/claude", "--resume", "{resume}"]},
        "other": {"acp": ["other"], "own": ["other"]},
        "odd": {"acp": ["odd"], "own": [7]},
    }
    assert vendors(tables, RECORDS) == {"by-acp": "claude"}
    given = [Subscription("mine", name, home=str(tmp_path)) for name in tables]
    found = homes(given, RECORDS, {"HOME": str(tmp_path)}, tables)
    assert found == [Home("claude", str(tmp_path), "mine")]
    journal.append(added(), claimed().but(harness="by-acp"))
    journal.append(e.SessionNamed("s1", "over-acp"))
    read_homes(Intake(journal, vendors(tables, RECORDS)), found, _raise)
    assert _requests(journal, Split.SESSION) == {"s1": 2}


def test_what_had_no_price_gets_one_when_the_lists_know_it(journal: Journal) -> None:
    now = time.time()
    known = Sample("a", "s1", "max", "claude-opus-5-5", now, 1000, 0, 10)
    with journal.decide() as decision:
        samples.keep(decision.db, [known, known.but(id="b", model="fake")])
    for _ in range(2):
        Intake(journal).price()
        (found,) = meters.totals(journal, now - 60).values()
        assert (found.requests, found.unpriced) == (2, 1)
        assert found.cost_usd == pytest.approx((1000 * 4 + 10 * 20) / 1e6)
        assert samples.totals(journal.db)["s1"].cost_usd == found.cost_usd


def test_repositories_are_found_from_where_an_agent_stood(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    (root / ".git" / "worktrees" / "w").mkdir(parents=True)
    (root / "src" / "deep").mkdir(parents=True)
    tree = tmp_path / "elsewhere" / "w"
    tree.mkdir(parents=True)
    (tree / ".git").write_text(f"gitdir: {root}/.git/worktrees/w\n")
    assert intake.repository(str(root / "src" / "deep")) == str(root)
    assert intake.repository(str(tree)) == str(root)
    assert intake.repository("/nowhere/at/all") == "/nowhere/at/all"
    assert intake.repository("\x00") == ""
    assert "\x1b" not in intake.repository("/x\x1b]0;y\x07")


def test_a_home_that_is_as_it_was_is_known_at_one_look(journal: Journal, tmp_path: Path) -> None:
    home = Home("claude", str(tmp_path / "home"), "max")
    transcript(tmp_path / "home", "one", ("x", 1))
    two = transcript(tmp_path / "home", "two", ("y", 1))
    strange = os.fsencode(two.parent) + b"/\xff.jsonl"
    Path(os.fsdecode(strange)).write_text(two.read_text())  # not a name that a vendor gives
    assert _read(journal, tmp_path / "home") == []
    intake = Intake(journal)
    asked: list[str] = []
    assert intake.changed(home, _raise) == []  # from here on it is known
    journal.db.set_trace_callback(asked.append)
    assert intake.changed(home, _raise) == []
    assert len(asked) == 1
    with two.open("a") as file:
        file.write("{")
    assert [task.found.path for task in intake.changed(home, _raise)] == [str(two)]
    two.unlink()
    assert intake.changed(home, _raise) == intake.changed(home, _raise) == []
    shutil.rmtree(tmp_path / "home")
    for _ in range(2):
        (said,) = _read(journal, tmp_path / "home")
        assert "is gone" in said
    assert _requests(journal) == {"": 2}


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_closed_folder_leaves_the_rest_counted(journal: Journal, tmp_path: Path) -> None:
    transcript(tmp_path, "one", ("x", 1))
    closed = tmp_path / "projects" / "closed"
    closed.mkdir(mode=0)
    (said,) = _read(journal, tmp_path)
    assert "closed cannot be read" in said
    assert _requests(journal) == {"": 1}
    closed.chmod(0o700)
    assert issubclass(RecordsError, Exception)
