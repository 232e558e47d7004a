"""The commands that hand over to a whole program: the screens, the runner, the demo, a picture."""

from __future__ import annotations

import os
import sys

from conductor.acts import Refused
from conductor.cli.arguments import Parser
from conductor.cli.page import Misused
from conductor.places import places


def screens(folders: list[str], name: str | None = None) -> int:
    """Open the screens over these repositories; a name keeps an arrangement of their own."""
    from conductor.tui.layouts import FIRST, checked

    name = checked(FIRST if name is None else name)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Misused("the screens need a terminal; `conductor list` and `conductor --help` do not")
    roots = [_repository(folder) for folder in folders]
    for folder, root in zip(folders, roots, strict=True):
        if root is None:
            raise Refused(f"{folder} is not inside a git repository")
    here = None if roots else _repository(".")
    where = places()
    where.make()
    from conductor.tui.app import run

    return run(where, [root for root in (*roots, here) if root], name, stands_by=True)


def _repository(folder: str) -> str | None:
    """Find the checkout that holds a folder, without a look at anything but names."""
    at = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(at, ".git")):
        if at == (at := os.path.dirname(at)):
            return None
    return at


def _run(words: list[str]) -> int:
    parser = Parser(
        "run",
        "The runner in the foreground; otherwise it is started in the background when needed.",
        "conductor run",
        "conductor run --until-idle --timeout 3600",
    )
    parser.add_argument(
        "--until-idle", action="store_true", help="end when nothing is left that it could do"
    )
    parser.add_argument("--timeout", metavar="S", type=_seconds, help="end after so many seconds")
    given = parser.parse_args(words)
    from conductor.runner.main import run

    where = places()
    where.make()
    return run(where, until_idle=given.until_idle, timeout=given.timeout)


def _demo(words: list[str]) -> int:
    parser = Parser(
        "demo",
        "Six agents on a small project: real commands, edits and checks, rehearsed words. "
        "No account, no network.",
        "conductor demo",
        "conductor demo --headless --into /tmp/demo",
    )
    parser.add_argument("--headless", action="store_true", help="play to the end without screens")
    parser.add_argument("--into", metavar="DIR", help="where (default: a folder that goes away)")
    given = parser.parse_args(words)
    from conductor.demo import run

    return run(headless=given.headless, into=given.into)


def _shot(words: list[str]) -> int:
    from conductor.tui.shot import SCREENS, render

    parser = Parser(
        "shot",
        "A picture of a screen, as SVG, without opening it.",
        "conductor shot fleet -o fleet.svg",
        "conductor shot review --size 80x24 --story evening -o review.svg",
    )
    parser.add_argument("screen", metavar="SCREEN", help=", ".join(SCREENS))
    parser.add_argument("--size", metavar="WxH", type=_size, default=(160, 45), help="in cells")
    parser.add_argument("--theme", metavar="T", help="one of the themes by name")
    parser.add_argument("--story", metavar="NAME", help="one that is shipped, or a file of facts")
    parser.add_argument("-o", "--out", metavar="FILE.svg", required=True)
    given = parser.parse_args(words)
    where = places()
    where.make()
    render(given.screen, given.size, given.theme, given.story or where, given.out)
    return 0


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise ValueError(text)
    return seconds


def _size(text: str) -> tuple[int, int]:
    columns, _, rows = text.partition("x")
    size = int(columns), int(rows)
    if not (20 <= size[0] <= 1000 and 5 <= size[1] <= 500):
        raise ValueError(text)
    return size


COMMANDS = {"run": _run, "demo": _demo, "shot": _shot}
