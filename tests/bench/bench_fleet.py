"""Thirty changing agents on one screen, in a real terminal: ours, the naive way, and bare writing.

Processor time a frame and key to paint, each in a tmux of 250x70 of its own socket, in one run.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KINDS = ("direct", "ours", "static")
ROOT = Path(__file__).parents[2]


def measure(kind: str, folder: str) -> dict[str, float]:
    """Run one kind in a terminal, pressing a key now and then, and return its figures."""
    out = os.path.join(folder, f"{kind}.json")
    tmux = ["tmux", "-f", os.devnull, "-S", os.path.join(folder, f"{kind}.sock")]
    env = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    env |= {"COLORTERM": "truecolor"}
    words = shlex.join([sys.executable, "-m", "tests.bench.fleet_apps", kind, out])
    start = [*tmux, "new-session", "-d", "-x", "250", "-y", "70", f"{words}; cat"]
    subprocess.run(start, check=True, env=env, cwd=ROOT)
    until = time.monotonic() + 60
    try:
        while not os.path.exists(out) or not os.path.getsize(out):
            if time.monotonic() > until:
                shown = [*tmux, "capture-pane", "-p"]
                said = subprocess.run(shown, check=False, env=env, capture_output=True, text=True)
                raise RuntimeError(f"{kind} gave no figures:\n{said.stdout}")
            subprocess.run([*tmux, "send-keys", "Right"], check=False, env=env, capture_output=True)
            time.sleep(0.07)
        figures: dict[str, float] = json.loads(Path(out).read_text())
        return figures
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, env=env, capture_output=True)


def main() -> int:
    """Print the figures; fail where a target is missed."""
    with tempfile.TemporaryDirectory() as folder:
        found = {kind: measure(kind, folder) for kind in KINDS}
    for kind, it in found.items():
        key = f", key to paint p50 {it['key_p50']:.1f} p95 {it['key_p95']:.1f} ms"
        print(
            f"30 changing tiles, {kind}: {it['fps']:.1f} frames/s, {it['cpu_ms']:.1f} ms CPU/frame"
            f"{key if it['keys'] else ''}"
        )
    ours, bare, naive = found["ours"], found["direct"], found["static"]
    targets = {
        "at least 28.5 of 30 frames/s": ours["fps"] >= 28.5,
        "at most 8 ms of CPU a frame": ours["cpu_ms"] <= 8,
        "at least 10 x less CPU than Static": naive["cpu_ms"] >= 10 * ours["cpu_ms"],
        "at most 4 x the CPU of bare writing": ours["cpu_ms"] <= 4 * bare["cpu_ms"],
        "key to paint p50 at most 5 ms": ours["key_p50"] <= 5,
        "key to paint p95 at most 20 ms": ours["key_p95"] <= 20,
    }
    for target, reached in targets.items():
        print(f"  {'reached' if reached else 'MISSED '}: {target}")
    return int(not all(targets.values()))


if __name__ == "__main__":
    sys.exit(main())
