"""Showing a long text page by page, as git does, when there is a terminal to page in."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def paged(lines: Iterable[str]) -> bool:
    """Print lines, through the person's pager on a terminal; say whether there was any to see."""
    argv = shlex.split(os.environ.get("PAGER", "less")) if sys.stdout.isatty() else []
    if not argv or argv == ["cat"]:
        for line in lines:
            print(line)
        sys.stdout.flush()
        return True
    environment = {"LESS": "FRX", **os.environ}
    try:
        pager = subprocess.Popen(argv, stdin=subprocess.PIPE, env=environment)
    except OSError:  # no such pager: the text matters more
        os.environ["PAGER"] = "cat"
        return paged(lines)
    assert pager.stdin is not None
    try:
        for line in lines:
            pager.stdin.write(f"{line}\n".encode(errors="backslashreplace"))
        pager.stdin.close()
    except BrokenPipeError:
        pass  # the person has seen enough
    while True:
        try:
            return pager.wait() in (0, 141, -13)
        except KeyboardInterrupt:
            continue  # Ctrl-C is the pager's while it runs
