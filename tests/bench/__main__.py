"""Runs every measurement here, or those named: `python -m tests.bench list claims`."""

from __future__ import annotations

import compileall
import importlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    """Run the measurements, and end with 1 if one misses its target."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as installed: byte-compiled
    for package in ("conductor", "harnesses", "worktrees"):
        compileall.compile_dir(HERE.parents[1] / package, quiet=1)
    found = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    missed = []
    for name in names or found:
        print(f"== {name}", flush=True)
        reached = importlib.import_module(f"tests.bench.bench_{name}").main()
        if reached is False or (reached not in (None, True, 0)):
            missed.append(name)
    if missed:
        print(f"missed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
