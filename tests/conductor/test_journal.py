"""The journal keeps what it acknowledged, and decides for one at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from conductor import events as e
from conductor.archive import EVERY
from conductor.decision import Decision
from conductor.journal import Journal, JournalError
from tests.conductor.facts import added, claimed


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "journal")


def _child(code: str, *args: str, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *args],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **more,  # type: ignore[call-overload]
    )


def test_what_one_process_writes_another_reads(folder: str) -> None:
    with Journal(folder) as one, Journal(folder) as other:
        one.append(added("t1"))
        assert list(other.catch_up().tasks) == ["t1"]
        other.append(added("t2"))
        assert one.catch_up() == other.state


def test_a_decision_sees_what_others_wrote_before_it(folder: str) -> None:
    with Journal(folder) as one, Journal(folder) as other:
        one.append(added("t1"))
        with other.decide() as decision:
            assert "t1" in decision.state.tasks
            decision.append(claimed())
            assert decision.state.tasks["t1"].session == "s1"
        assert one.catch_up().tasks["t1"].session == "s1"


def _add_and_fail(decision: Decision) -> None:
    decision.append(added("t2"))
    raise KeyError("t2")


def test_an_exception_in_a_decision_writes_nothing(folder: str) -> None:
    with Journal(folder) as journal:
        journal.append(added("t1"))
        before = journal.state
        with pytest.raises(KeyError), journal.decide() as decision:
            _add_and_fail(decision)
        with pytest.raises(FileNotFoundError), journal.decide():
            os.stat(os.path.join(folder, "another's"))
        assert journal.catch_up() is before
        assert len(journal) == 1
        journal.append(added("t2"))
        assert list(journal.state.tasks) == ["t1", "t2"]


def test_a_decision_within_a_decision_is_a_mistake(folder: str) -> None:
    with Journal(folder) as journal, journal.decide() as decision:
        with pytest.raises(RuntimeError, match="already"):
            journal.append(added("t1"))
        decision.append(added("t1"))


def test_opening_again_restores_the_same_state_also_from_a_snapshot(folder: str) -> None:
    with Journal(folder) as journal:
        for number in range(1, EVERY // 2 + 2):
            journal.append(added(f"t{number}"), e.TaskHeld(f"t{number}"))
        journal.append(e.TaskReleased("t3"))
        state = journal.state
        assert journal.db.execute("SELECT count(*) FROM snapshots").fetchone() == (1,)
    with Journal(folder) as again:
        assert again.state == state
        again.db.execute("UPDATE snapshots SET shape = 'of another version'")
    with Journal(folder) as anew:
        assert anew.state == state


@pytest.mark.parametrize("change", ["x'7bff'", "'[1]'", "'{}'", "substr(body, 1, 99)"])
def test_a_damaged_snapshot_costs_nothing_but_a_slower_start(folder: str, change: str) -> None:
    with Journal(folder) as journal:
        journal.append(*(added(f"t{number}") for number in range(1, EVERY + 2)))
        state = journal.state
        journal.db.execute(f"UPDATE snapshots SET body = CAST({change} AS TEXT)")
    with Journal(folder) as anew:
        assert anew.state == state
        assert not anew.db.execute("SELECT 1 FROM snapshots").fetchall()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"task": 7}', '"x"', "\x00\xff"])
def test_a_torn_record_is_skipped_and_counted(folder: str, body: str) -> None:
    with Journal(folder) as journal:
        journal.append(added("t1"))
        journal.db.execute(
            "INSERT INTO facts (at, kind, subject, body) VALUES (1, 'TaskAdded', 't2', ?)", (body,)
        )
        journal.append(added("t3"))
        assert (list(journal.state.tasks), journal.state.skipped) == (["t1", "t3"], 1)


def test_a_fact_of_another_version_is_skipped_and_its_new_fields_ignored(folder: str) -> None:
    with Journal(folder) as journal:
        journal.db.execute(
            "INSERT INTO facts (at, kind, subject, body) VALUES (1, 'Yodelled', 't1', '{}'),"
            " (2, 'TaskAdded', 't1', ?)",
            ('{"task": "t1", "title": "x", "text": "x", "repo": "/r", "mood": "high"}',),
        )
        assert list(journal.catch_up().tasks) == ["t1"]
        assert journal.state.skipped == 1


def test_everything_in_the_folder_is_private(folder: str) -> None:
    with Journal(folder) as journal:
        journal.append(added("t1"))
        assert os.stat(folder).st_mode & 0o077 == 0
        for name in os.listdir(folder):
            assert os.stat(os.path.join(folder, name)).st_mode & 0o077 == 0, name


def test_a_file_that_is_no_journal_is_told_in_a_sentence(folder: str) -> None:
    os.makedirs(folder)
    Path(folder, "journal.db").write_bytes(b"not a database at all, but long enough" * 40)
    with pytest.raises(JournalError, match=r"not a database.*Rename"):
        Journal(folder)


def test_a_folder_that_cannot_be_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be used"):
        Journal(str(tmp_path / "file" / "journal"))


_READS_AS_NOBODY = """if True:
    import os, sys
    from conductor.journal import Journal, JournalError
    if os.geteuid() == 0:
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
    try:
        Journal(sys.argv[1])
    except JournalError as error:
        print(error)
"""


def test_a_read_only_folder_is_told_in_a_sentence() -> None:
    with tempfile.TemporaryDirectory() as outer:  # pytest's own folders are closed to others
        folder = os.path.join(outer, "journal")
        Journal(folder).close()
        for name in os.listdir(folder):
            os.chmod(os.path.join(folder, name), 0o444)
        os.chmod(folder, 0o555)
        os.chmod(outer, 0o755)
        done = _child(_READS_AS_NOBODY, folder, cwd=Path(__file__).parents[2])
        assert "Make its folder writable" in done.stdout, done.stderr


_FILLS_THE_DISK = """if True:
    import os, resource, signal, sys
    from conductor.events import TaskAdded, TaskHeld
    from conductor.journal import Journal, JournalError
    journal = Journal(sys.argv[1])
    journal.append(TaskAdded("t1", "x", "x", "/r"))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = os.path.getsize(journal.file + "-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40_000, resource.RLIM_INFINITY))
    acknowledged = 0
    try:
        for _ in range(10_000):
            journal.append(TaskHeld("t1"))
            acknowledged += 1
    except JournalError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    journal.append(TaskHeld("t1"))
    print(acknowledged + 2)
"""


def test_a_full_disk_is_told_loses_nothing_and_work_goes_on_once_there_is_room(folder: str) -> None:
    done = _child(_FILLS_THE_DISK, folder, cwd=Path(__file__).parents[2])
    said, _, count = done.stdout.strip().rpartition("\n")
    assert "cannot be used" in said, done.stderr
    with Journal(folder) as journal:
        assert len(list(journal.since(0))) == int(count)
        assert journal.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
