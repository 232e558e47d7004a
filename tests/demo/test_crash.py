"""Kill -9 of the runner and of the demo at random points: it completes, and nothing is twice.

CONDUCTOR_CRASHES says how often (6 by default; 50 takes some minutes), CONDUCTOR_CRASH_SEED which
points; a failing run prints its seed.
"""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import pytest

CRASHES = int(os.environ.get("CONDUCTOR_CRASHES", "6"))
SEED = int(os.environ.get("CONDUCTOR_CRASH_SEED", str(random.randrange(10**6))))


def runner_of(demo):
    """Return the pid of the demo's runner, or None while there is none."""
    try:
        pid = int(Path(demo.stage.places.runner_lock).read_text() or "0")
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if b"conductor.runner" in words else None


def kill_somewhere(demo, process, chance):
    """Let some time pass, then kill the runner or the demo; say which, or None if it had ended."""
    with contextlib.suppress(Exception):
        process.wait(chance.uniform(0.05, 1.5))
        return None
    victim = chance.choice(("runner", "runner", "demo"))
    pid = runner_of(demo) if victim == "runner" else process.pid
    if pid is None:
        return "nobody"
    os.kill(pid, signal.SIGKILL)
    return victim


@pytest.mark.slow
@pytest.mark.crash
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the runner by /proc")
def test_it_completes_after_kills_anywhere(demo):
    print(f"CONDUCTOR_CRASH_SEED={SEED}")
    chance = random.Random(SEED)
    demo.speed = str(max(1, 72 // CRASHES))  # slow enough that it is not over before
    kills, said, until = 0, "", time.monotonic() + 60 + 5 * CRASHES
    process = demo.start()
    while kills < CRASHES and time.monotonic() < until:
        victim = kill_somewhere(demo, process, chance)
        if victim is None:
            break  # it had come to its end before all the kills
        kills += victim != "nobody"
        if victim == "demo":
            said += process.communicate(timeout=60)[0]
            process = demo.start()
    out, _ = process.communicate(timeout=300)
    print(f"{said}{out}\n{kills} kills")
    assert process.returncode == 0
    assert kills >= CRASHES // 2
    demo.is_whole()
    assert demo.processes() == []
