"""`conductor log`: what happened, one line a fact."""

from __future__ import annotations

import json
import sys

from conductor import acts
from conductor.cleaning import clean_line
from conductor.cli import page
from conductor.cli.arguments import Parser, since
from conductor.cli.home import open_home
from conductor.cli.telling import tell
from conductor.events import from_body
from conductor.views import fact_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.journal import Journal

    Row = tuple[int, float, str, str, str]


def log(words: list[str]) -> int:
    """Show what happened."""
    parser = Parser(
        "log",
        "What happened, one line a fact, oldest first.",
        "conductor log --since 2h",
        "conductor log t7",
        "conductor log --follow --json",
    )
    parser.add_argument("id", nargs="?", metavar="ID", help="only what is about this task")
    parser.add_argument("--follow", action="store_true", help="go on as it happens")
    parser.add_argument(
        "--since", metavar="WHEN", type=since, help="default: 24h; with an ID, from its beginning"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document a line")
    given = parser.parse_args(words)
    earliest = given.since if given.since is not None else 0.0 if given.id else since("24h")
    _, journal = open_home()
    with journal:
        seen = _print(journal, 0, earliest, given.id, as_json=given.json)
        if given.follow:
            from conductor.bell import watch

            for _ in watch(journal):
                seen = _print(journal, seen, 0.0, given.id, as_json=given.json)
    return 0


def _print(
    journal: Journal, after: int, earliest: float, ident: str | None, *, as_json: bool
) -> int:
    """Print the facts after this one, and return the last one seen."""
    subjects = _subjects(journal, ident) if ident else None
    for row in _rows(journal, after, earliest, subjects):
        after = row[0]
        print(_document(row) if as_json else _line(row))
    sys.stdout.flush()
    return after


def _subjects(journal: Journal, ident: str) -> tuple[str, ...]:
    state = journal.state
    task = acts.find_task(state, ident)
    return (task.id, *(one.id for one in state.sessions.values() if one.task == task.id))


def _rows(
    journal: Journal, after: int, earliest: float, subjects: tuple[str, ...] | None
) -> Iterator[Row]:
    among = f" AND subject IN ({','.join('?' * len(subjects))})" if subjects else ""
    yield from journal.db.execute(
        "SELECT seq, at, kind, subject, body FROM facts WHERE seq > ? AND at >= ?"
        f"{among} ORDER BY seq",
        (after, earliest, *(subjects or ())),
    )


def _body(body: str) -> object:
    try:
        return json.loads(body)
    except ValueError:  # torn: what is left of it is shown as it is
        return {"torn": body}


def _document(row: Row) -> str:
    seq, at, kind, subject, body = row
    return json.dumps(fact_document(seq, at, kind, subject, _body(body)))


def _line(row: Row) -> str:
    _, at, kind, subject, body = row
    fact = from_body(kind, _body(body))
    said = tell(fact) if fact else f"{clean_line(kind, 60)} (another version's, or torn)"
    return page.happened(at, clean_line(subject, 60), said)


COMMANDS = {"log": log}
