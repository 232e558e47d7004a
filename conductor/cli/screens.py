"""`conductor` itself: the screens. Nothing is imported here that they can do without."""

from __future__ import annotations

import os
import sys

from conductor.acts import Refused
from conductor.cli.page import Misused
from conductor.places import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def screens(folders: list[str], name: str | None = None) -> int:
    """Open the screens over these repositories; a name keeps an arrangement of their own."""
    from conductor.tui.layouts import FIRST, checked

    name = checked(FIRST if name is None else name)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Misused("the screens need a terminal; `conductor list` and `conductor --help` do not")
    if why := _cannot(os.environ):
        raise Refused(f"{why}; `conductor list` and `conductor --help` do not need it")
    roots = [_repository(folder) for folder in folders]
    for folder, root in zip(folders, roots, strict=True):
        if root is None:
            raise Refused(
                f"{os.path.abspath(folder)} is not inside a git repository. "
                "Run `git init` there and commit once, or name another folder."
            )
    here = None if roots else _repository(".")
    where = places()
    where.make()
    import gc

    gc.disable()  # until the first frame: what is being loaded now will all be kept
    from conductor.tui.opening import run

    return run(where, [root for root in (*roots, here) if root], name, stands_by=True)


def _cannot(env: Mapping[str, str]) -> str | None:
    """Say why the screens would only make a mess of this terminal; None if they would not."""
    if env.get("TERM") == "dumb":
        return "the screens need a terminal that can move its cursor, and TERM says it is dumb"
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    charset = locale.partition(".")[2].partition("@")[0]
    if charset and charset.lower().replace("-", "") != "utf8":
        return f"the screens need a terminal that reads UTF-8, and the locale says {charset}"
    return None


def _repository(folder: str) -> str | None:
    """Find the checkout that holds a folder, without a look at anything but names."""
    at = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(at, ".git")):
        if at == (at := os.path.dirname(at)):
            return None
    return at
