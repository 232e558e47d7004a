"""Reading a gigabyte of records: the first time, again, and one line more while a runner follows.

Beside it stands ccusage on the same files in the same run; what both count is compared.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from conductor import meters
from conductor.homes import Home
from conductor.intake import Intake
from conductor.journal import Journal
from conductor.meters import Split
from conductor.places import Places
from conductor.readers import helped, read_homes
from harnesses.records import RecordsError
from tests.agents import install
from tests.bench.records_of_years import make

FILES, SIZE = 5000, 1_056_000_000
SCAN, FILLED, AGAIN = 0.6, 1.5, 0.030
LATE, WORK = 0.300, 0.005
ROUNDS = 3
LINES = 20


def main() -> bool:
    """Measure and print; say whether the targets are reached."""
    folder = Path(os.environ.get("CONDUCTOR_BENCH_FOLDER", tempfile.gettempdir())) / "years"
    try:
        paths = make(folder, FILES, SIZE)
        homes = [Home(harness, str(p), harness) for harness, p in zip(_VENDORS, paths, strict=True)]
        ours = _against(folder, homes)
        return _again(folder, homes) & _followed(folder, paths) & ours
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_VENDORS = ("claude", "codex")


def _against(folder: Path, homes: list[Home]) -> bool:
    """Compare with ccusage: round by round, as neighbours on the machine slow some down."""
    try:
        other = install.install("ccusage")
        other.chmod(0o755)  # as npm does for a package's own commands only
    except install.NotInstalled as error:
        print(f"ccusage cannot be installed here, so nothing is compared: {error}")
        other = None
    busy = os.getloadavg()[0] > (os.cpu_count() or 1)
    scans, fills = [], []
    for _ in range(ROUNDS):
        theirs, figures = ccusage(other, folder, homes) if other else (_NOTHING, {})
        scan, (filled, kept) = _scan(homes), _fill(folder, homes)
        print(f"ccusage {theirs}; scan {scan}; with our database filled {filled}")
        if other:
            assert _alike(figures, kept), f"{figures} is not {kept}"
            print("    the same tokens and dollars")
            which = 1 if busy else 0
            scans.append(scan[which] / theirs[which])
            fills.append(filled[which] / theirs[which])
    if busy:
        print("    others are at work on this machine: judged by time of processor")
    print(f"    of its time: scan {_listed(scans)}; filled {_listed(fills)}")
    return not scans or (min(scans) <= SCAN and min(fills) <= FILLED)


def _listed(ratios: list[float]) -> str:
    return ", ".join(f"{one:.2f}" for one in ratios)


class Took(NamedTuple):
    """How long something took, by the clock and in time of processor, helpers' included."""

    seconds: float
    work: float

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s ({self.work:.2f} s of processor)"


_NOTHING = Took(0.0, 0.0)


class Watch:
    """Measures from its making on."""

    def __init__(self) -> None:
        self._began, self._cpu = time.perf_counter(), self._used()

    @staticmethod
    def _used() -> float:
        each = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(one.ru_utime + one.ru_stime for one in each)

    def took(self) -> Took:
        return Took(time.perf_counter() - self._began, self._used() - self._cpu)


def _alike(theirs: dict[str, float], ours: dict[str, float]) -> bool:
    return all(abs(theirs[key] - ours[key]) <= 1e-9 * abs(ours[key]) for key in ours)


def ccusage(program: Path, folder: Path, homes: list[Home]) -> tuple[Took, dict[str, float]]:
    """Have ccusage count these homes; return how long it took, and what it counted."""
    env = {
        "HOME": str(folder / "nobody"), "PATH": os.environ["PATH"], "TZ": "UTC",
        "CLAUDE_CONFIG_DIR": homes[0].path, "CODEX_HOME": homes[1].path,
    }  # fmt: skip
    watch = Watch()
    done = subprocess.run(
        [program, "daily", "--offline", "--json"], env=env, capture_output=True, check=True
    )
    took = watch.took()
    told = json.loads(done.stdout)["totals"]
    return took, {
        "input": told["inputTokens"] + told["cacheCreationTokens"],
        "written": told["cacheCreationTokens"], "cached": told["cacheReadTokens"],
        "output": told["outputTokens"], "cost_usd": told["totalCost"],
    }  # fmt: skip


def _scan(homes: list[Home]) -> Took:
    """Read everything and count each request once, keeping nothing."""
    with tempfile.TemporaryDirectory() as state, Journal(state) as journal:
        intake = Intake(journal)
        watch = Watch()
        tasks = [task for home in homes for task in intake.changed(home, _raise)]
        ids = {spent[0] for told in helped(tasks) for _, reading, _ in told for spent in reading[0]}
        assert len(ids) > 0
        return watch.took()


def _fill(folder: Path, homes: list[Home]) -> tuple[Took, dict[str, float]]:
    shutil.rmtree(folder / "state", ignore_errors=True)
    with Journal(str(folder / "state")) as journal:
        watch = Watch()
        read_homes(Intake(journal), homes, _raise)
        took = watch.took()
        all_ = meters.totals(journal, 0.0, Split.NOTHING)[""]
    figures = ("input", "written", "cached", "output", "cost_usd")
    return took, {name: float(getattr(all_, name) or 0) for name in figures}


def _again(folder: Path, homes: list[Home]) -> bool:
    """Read again what has not changed."""
    took, work = [], []
    for _ in range(10):
        with Journal(str(folder / "state")) as journal:
            began, cpu = time.perf_counter(), time.process_time()
            read_homes(Intake(journal), homes, _raise)
            took.append(time.perf_counter() - began)
            work.append(time.process_time() - cpu)
    print(
        f"again with nothing new: {min(took) * 1e3:.1f} ms at best, "
        f"{sorted(took)[5] * 1e3:.1f} ms in the middle, {min(work) * 1e3:.1f} ms of processor"
    )
    return min(work) <= AGAIN


def _followed(folder: Path, paths: tuple[Path, Path]) -> bool:
    """Write lines into files that a runner follows, and wait for each in the meter."""
    places = Places(config=str(folder / "home"), state=str(folder / "home"))
    places.make()
    shutil.copytree(folder / "state", places.journal, dirs_exist_ok=True)
    Path(places.config_file).write_text(
        "".join(
            f'[[subscription]]\nname = "{vendor}"\nharness = "{vendor}"\nhome = "{path}"\n'
            for vendor, path in zip(_VENDORS, paths, strict=True)
        )
    )
    argv = [sys.executable, "-I", "-m", "conductor.runner"]
    runner = subprocess.Popen(argv, env={**os.environ, "CONDUCTOR_HOME": places.state})
    try:
        with Journal(places.journal) as journal:
            _line(journal, paths[0], -1, 30.0)  # the watch is set up once this is counted
            time.sleep(2.0)
            before = _ticks(runner.pid)
            late = [_line(journal, paths[0], number, 5.0) for number in range(LINES)]
            work = (_ticks(runner.pid) - before) / LINES
            idle_from = _ticks(runner.pid)
            time.sleep(10.0)
            idle = (_ticks(runner.pid) - idle_from) / 10.0
    finally:
        runner.send_signal(signal.SIGTERM)
        runner.wait()
    late.sort()
    print(
        f"one new line in {FILES} files: in the meter after {late[LINES // 2] * 1e3:.0f} ms in the "
        f"middle, {late[-1] * 1e3:.0f} ms at worst; {work * 1e3:.1f} ms of processor each "
        f"({idle * 100:.2f} % idle)"
    )
    return late[LINES // 2] <= LATE and work <= WORK


def _line(journal: Journal, home: Path, number: int, patience: float) -> float:
    """Write one more line somewhere, and return how long it took to be counted."""
    files = sorted(home.glob("projects/*/*.jsonl"))
    usage = {"input_tokens": 1, "output_tokens": 1}
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    message = {"id": f"new{number}", "model": "claude-opus-5-5", "usage": usage}
    line = {"type": "assistant", "message": message, "timestamp": stamp, "sessionId": "bench"}
    before = _count(journal)
    with files[number * 97 % len(files)].open("a") as file:
        file.write(json.dumps(line) + "\n")
    began = time.perf_counter()
    while _count(journal) == before:
        assert time.perf_counter() - began < patience, "the line was not counted"
        time.sleep(0.002)
    return time.perf_counter() - began


def _count(journal: Journal) -> int:
    found = journal.db.execute("SELECT sum(requests) FROM meters WHERE session = 'bench'")
    return int(found.fetchone()[0] or 0)


def _ticks(pid: int) -> float:
    """Return the seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _raise(_: Home, error: RecordsError) -> None:
    raise error
