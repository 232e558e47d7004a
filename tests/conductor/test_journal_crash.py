"""Kill -9 in the middle of writing loses nothing that was acknowledged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from conductor.journal import Journal

ROOT = Path(__file__).parents[2]

_WRITER = """if True:
    import sys
    from conductor.events import TaskAdded
    from conductor.journal import Journal
    journal = Journal(sys.argv[1])
    while True:
        with journal.decide() as decision:
            task = f"t{decision.state.next_task}"
            decision.append(TaskAdded(task, "x", "y" * 300, "/r"))
        print(task, flush=True)
"""


@pytest.mark.crash
def test_no_acknowledged_fact_is_lost_and_no_id_given_twice(tmp_path: Path) -> None:
    folder = str(tmp_path / "journal")
    acknowledged: list[str] = []
    for round_number in range(8):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", _WRITER, folder], stdout=subprocess.PIPE, text=True, cwd=ROOT
            )
            for _ in range(2)
        ]
        said: list[list[str]] = [[], []]
        enough = threading.Event()

        def listen(
            writer: subprocess.Popen[str], words: list[str], enough: threading.Event
        ) -> None:
            assert writer.stdout is not None
            for line in writer.stdout:
                words.append(line.strip())
                if len(words) >= 20:
                    enough.set()

        threads = [
            threading.Thread(target=listen, args=(writer, words, enough))
            for writer, words in zip(writers, said, strict=True)
        ]
        for thread in threads:
            thread.start()
        assert enough.wait(30)
        for writer in writers if round_number % 2 else reversed(writers):
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
        for thread in threads:
            thread.join(10)
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.close()
        acknowledged += said[0] + said[1]
    with Journal(folder) as journal:
        assert len(set(acknowledged)) == len(acknowledged)
        assert set(acknowledged) <= set(journal.state.tasks)
        assert len(journal.state.tasks) - len(acknowledged) <= 16  # one in flight a writer
        assert journal.state.skipped == 0
        assert journal.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
