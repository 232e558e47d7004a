"""`conductor log`: what happened, one line a fact."""

from __future__ import annotations

import json
import sys
from functools import partial

from conductor import acts
from conductor.cleaning import clean_line
from conductor.cli import page
from conductor.cli.arguments import Parser, number, since
from conductor.cli.home import open_home
from conductor.cli.telling import tell
from conductor.events import from_body
from conductor.views import fact_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conductor.journal import Journal

    Row = tuple[int, float, str, str, str]


LATEST = 500
"""Facts that are shown on a terminal, unless more are asked for."""


def log(words: list[str]) -> int:
    """Show what happened."""
    parser = Parser(
        "log",
        "What happened, one line a fact, oldest first; on a terminal, only the latest.",
        "conductor log --last 20",
        "conductor log --since 2h",
        "conductor log t7",
        "conductor log --follow --json",
    )
    parser.add_argument("id", nargs="?", metavar="ID", help="only what is about this task")
    parser.add_argument("--follow", action="store_true", help="go on as it happens")
    parser.add_argument(
        "--since", metavar="WHEN", type=since, help="default: 24h; with an ID, from its beginning"
    )
    parser.add_argument(
        "--last", metavar="N", type=number, help=f"the latest N (on a terminal {LATEST})"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document a line")
    given = parser.parse_args(words)
    earliest, most = given.since, given.last
    if earliest is None and most is None:
        earliest = 0.0 if given.id else since("24h")
        most = LATEST if sys.stdout.isatty() and not given.json else None
    say = _document if given.json else partial(_line, page.happening())
    _, journal = open_home()
    with journal:
        seen = len(journal)
        for row in _until(journal, seen, earliest or 0.0, _subjects(journal, given.id), most):
            print(say(row))
        sys.stdout.flush()
        if given.follow:
            from conductor.bell import watch

            for _ in watch(journal):
                seen = _follow(journal, seen, _subjects(journal, given.id), say)
    return 0


def _follow(
    journal: Journal, seen: int, subjects: tuple[str, ...], say: Callable[[Row], str]
) -> int:
    """Print the facts after this one, and return the last one there is."""
    now = len(journal)
    for row in _rows(journal, "seq > ? AND seq <= ?", (seen, now), subjects):
        print(say(row))
    sys.stdout.flush()
    return now


def _until(
    journal: Journal, upto: int, earliest: float, subjects: tuple[str, ...], most: int | None
) -> Iterable[Row]:
    """Read the facts up to this one; with a limit from the end, so that the rest costs nothing."""
    among, values = "seq <= ? AND at >= ?", (upto, earliest)
    if most is None:
        return _rows(journal, among, values, subjects)
    found = list(_rows(journal, among, values, subjects, f"DESC LIMIT {most}"))
    return reversed(found)


def _subjects(journal: Journal, ident: str | None) -> tuple[str, ...]:
    """Name what a task's facts are about; nothing stands for everything."""
    if ident is None:
        return ()
    state = journal.state
    task = acts.find_task(state, ident)
    return (task.id, *(one.id for one in state.sessions.values() if one.task == task.id))


def _rows(
    journal: Journal,
    among: str,
    values: tuple[float, ...],
    subjects: tuple[str, ...],
    order: str = "",
) -> Iterator[Row]:
    about = f" AND subject IN ({','.join('?' * len(subjects))})" if subjects else ""
    yield from journal.db.execute(
        f"SELECT seq, at, kind, subject, body FROM facts WHERE {among}{about} ORDER BY seq {order}",
        (*values, *subjects),
    )


def _body(body: str) -> object:
    try:
        return json.loads(body)
    except ValueError:  # torn: what is left of it is shown as it is
        return {"torn": body}


def _document(row: Row) -> str:
    seq, at, kind, subject, body = row
    return json.dumps(fact_document(seq, at, kind, subject, _body(body)))


def _line(say: Callable[[float, str, str], str], row: Row) -> str:
    _, at, kind, subject, body = row
    fact = from_body(kind, _body(body))
    said = tell(fact) if fact else f"{clean_line(kind, 60)} (another version's, or torn)"
    return say(at, clean_line(subject, 60), said)


COMMANDS = {"log": log}
