"""The commands that hand over to a whole program: the runner, the demo, a picture."""

from __future__ import annotations

from argparse import ArgumentTypeError

from conductor.cli.arguments import Parser
from conductor.places import places


def _run(words: list[str]) -> int:
    parser = Parser(
        "run",
        "The runner in the foreground; otherwise it is started in the background when needed.",
        "conductor run",
        "conductor run --until-idle --timeout 3600",
        "conductor run --anew",
    )
    parser.add_argument(
        "--anew",
        action="store_true",
        help="start the one in the background anew, with the PATH of this terminal; agents go on",
    )
    parser.add_argument(
        "--until-idle", action="store_true", help="end when nothing is left that it could do"
    )
    parser.add_argument("--timeout", metavar="S", type=_seconds, help="end after so many seconds")
    given = parser.parse_args(words)
    where = places()
    where.make()
    if given.anew:
        from conductor.runner import door

        door.renew(where)
        print("The runner was started anew, with the PATH of this terminal.")
        return 0
    from conductor.runner.main import run

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
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise ArgumentTypeError(f"{text!a} is no number of seconds")
    return seconds


def _size(text: str) -> tuple[int, int]:
    columns, _, rows = text.partition("x")
    if columns.isdecimal() and rows.isdecimal():
        size = int(columns), int(rows)
        if 20 <= size[0] <= 1000 and 5 <= size[1] <= 500:
            return size
    raise ArgumentTypeError(f"{text!a} is no size: 160x45 was expected, 20x5 to 1000x500")


COMMANDS = {"run": _run, "demo": _demo, "shot": _shot}
