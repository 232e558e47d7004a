"""Reading much at once: processes of our own read records, and we keep what they tell.

Reading and keeping cost about the same, and a machine has more than one core; a home of years has
a gigabyte of records. The newest are read first, so that what is asked for most is there soonest.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import signal
import sys
import threading
from queue import Queue

import msgspec

from conductor.config import load
from conductor.homes import homes, vendors
from conductor.intake import Intake, Read
from conductor.journal import Journal
from conductor.places import Places
from harnesses.records import Reading, RecordsError
from harnesses.records.files import ends
from harnesses.records.registry import RECORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO

    from conductor.homes import Home
    from conductor.intake import Failed, Task

MUCH = 32 << 20
"""From so many bytes on it is worth splitting off other processes; with threads it cannot be."""

_HELPERS = 2
_AT_ONCE = 10_000
"""Requests that one transaction keeps: others wait for a tenth of a second until it is done."""

_MANY = 1000
"""Requests, and files, that are told at once."""

_AHEAD = 8
"""Lists of what was read that may wait to be kept: a bound on memory."""

Told = tuple[int, Reading, bool]
"""The number of a file, what was read of it, and whether that was the last of it."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Told]).decode


def read_homes(
    intake: Intake,
    where: Iterable[Home],
    failed: Failed,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> None:
    """Read whatever is new in these homes; what cannot be read is told, and the rest read.

    `progress` is told of how many bytes how many are read.
    """
    tasks: list[Task] = []
    for home in where:
        tasks += intake.changed(home, failed)
    tasks.sort(key=lambda task: -task.found.mtime)
    of, done = sum(map(left, tasks)), 0
    if of >= MUCH and (os.cpu_count() or 1) > 1 and threading.active_count() == 1:
        over: set[int] = set()
        with intake.many():
            for told in _gathered(helped(tasks)):
                reads = [Read(tasks[n], reading, whole) for n, reading, whole in told]
                intake.keep(reads)
                over.update(n for n, _, whole in told if whole)
                done += sum(left(one.task) for one in reads if one.whole)
                progress(done, of)
        tasks = [task for n, task in enumerate(tasks) if n not in over]
    for task in tasks:
        try:
            intake.read(task)
        except RecordsError as error:
            failed(task.home, error)
        done += left(task)
        progress(done, of)


def left(task: Task) -> int:
    """Say how many bytes of a file are to be read."""
    return max(0, task.found.size - task.mark.offset)


def _gathered(lists: Iterator[list[Told]]) -> Iterator[list[Told]]:
    """Put lists together: the ids of requests are strewn, so each transaction writes many pages."""
    some: list[Told] = []
    count = 0
    for told in lists:
        some += told
        count += sum(len(reading.spent) for _, reading, _ in told)
        if count >= _AT_ONCE:
            yield some
            some, count = [], 0
    yield some


def helped(tasks: Sequence[Task]) -> Iterator[list[Told]]:
    """Have others read these files; what they cannot read is in no list."""
    queue: Queue[list[Told] | None] = Queue(_AHEAD)
    helpers = [_helper(tasks, first) for first in range(_HELPERS)]
    for _, told in helpers:
        threading.Thread(target=_listen, args=(told, queue), daemon=True).start()
    try:
        ended = 0
        while ended < len(helpers):
            some = queue.get()
            if some is None:
                ended += 1
                continue
            yield some
    finally:
        for pid, _ in helpers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _helper(tasks: Sequence[Task], first: int) -> tuple[int, BinaryIO]:
    """Split off a process that reads its share, and touches nothing else of ours."""
    reads, writes = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writes)
        return pid, open(reads, "rb")
    try:
        os.close(reads)
        with open(writes, "wb") as out:
            _read_share(tasks, first, out)
    finally:
        os._exit(0)  # what it has not told is read by who asked


def _read_share(tasks: Sequence[Task], first: int, out: BinaryIO) -> None:
    gc.disable()  # nothing here goes in circles, and looking for some takes half of the time
    told: list[Told] = []
    count = 0
    for number in range(first, len(tasks), _HELPERS):
        task = tasks[number]
        readings = RECORDS[task.home.harness].read(task.found, task.mark)
        with contextlib.suppress(RecordsError):  # who asked reads it again, and tells of it
            for reading, whole in ends(readings, task.mark):
                told.append((number, reading, whole))
                count += len(reading.spent)
        if count >= _MANY or len(told) >= _MANY:
            _tell(told, out)
            told, count = [], 0
    _tell(told, out)


def _tell(told: list[Told], out: BinaryIO) -> None:
    # Its length comes first: to unpack it piece by piece would take longer than to read records.
    packed = _pack(told)
    out.write(len(packed).to_bytes(8, "big") + packed)
    out.flush()


def _listen(told: BinaryIO, queue: Queue[list[Told] | None]) -> None:
    with told, contextlib.suppress(msgspec.DecodeError, OSError):  # it was ended
        while size := int.from_bytes(told.read(8), "big"):
            queue.put(_unpack(told.read(size)))
    queue.put(None)


def main(config: str, state: str) -> int:
    """Read all that is new in the subscriptions' homes, when nothing else has to be done."""
    os.nice(15)
    where = Places(config=config, state=state)
    with reading(where) as alone, Journal(where.journal) as journal:
        if alone:
            settings = load(where.config_file)
            wanted = homes(settings.subscriptions, RECORDS, os.environ, settings.harnesses)
            taking = Intake(journal, vendors(settings.harnesses, RECORDS))
            read_homes(taking, wanted, lambda home, error: None)
    return 0


@contextlib.contextmanager
def reading(where: Places) -> Iterator[bool]:
    """Say whether nobody else reads much at this moment, and keep it so."""
    lock = where.open_lock(os.path.join(where.state, "reading.lock"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(lock)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
