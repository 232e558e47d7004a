"""`conductor history`: a session's snapshots; what each changed, and files put back."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from conductor import acts
from conductor.cleaning import clean, clean_line
from conductor.cli import page
from conductor.cli.deeds import Acting, Deed
from conductor.cli.diff import lines_of, painted
from conductor.cli.pager import paged
from conductor.views import moment
from worktrees import changes, objects
from worktrees.repository import Repository
from worktrees.timeline import Point, points

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.state import Session, State

LARGEST = 64 << 20


def history(words: list[str]) -> int:
    """Show a session's snapshots, or do something with one."""
    parser = Acting(
        "history",
        "A session's snapshots: one at the end of each turn and before anything that could lose "
        "work, files that git does not know yet included. A point is its number, the start of its "
        "commit, or `last`.",
        "conductor history t7",
        "conductor history t7 --turn           what the last turn did",
        "conductor history t7 --diff 2 5       between two points",
        "conductor history t7 --show 3 src/app.py > then.py",
        "conductor history t7 --restore 3      put its files back (what they are now is kept)",
        reads="the points",
    )
    parser.add_argument("id", metavar="ID")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--turn", action="store_true", help="what the last point changed")
    what.add_argument("--diff", nargs="+", metavar="POINT", help="what is between two points")
    what.add_argument("--show", nargs=2, metavar=("POINT", "FILE"), help="a file as it was")
    what.add_argument("--restore", metavar="POINT", help="put the files back as they were")
    given = parser.parse_args(words)
    if given.diff and len(given.diff) > 2:
        parser.error("--diff takes one point or two")
    if given.json and (given.turn or given.diff or given.show):
        parser.error("--json goes with the list of points, or with --restore")
    with Deed(given) as deed:
        state = deed.state
        session = acts.find_session(state, given.id)
        repo = Repository.open(state.tasks[session.task].repo)
        line = points(repo.place, f"refs/conductor/sessions/{session.id}", session.base)
        if given.json and not given.restore:
            page.document({"session": session.id, "points": [_document(one) for one in line]})
            return 0
        if not line:
            raise acts.Refused(
                f"{session.id} has no snapshot yet: its work is kept at the end of each turn."
            )
        if given.restore:
            point = _find(line, given.restore)
            acts.put_back(deed.journal, session.id, point.commit)
            told = f"The files of {session.id} go back to point {point.number} ({point.why})."
            deed.done(told, session.id)
        elif given.show:
            _show(repo, _find(line, given.show[0]), given.show[1])
        elif given.diff:
            one = _find(line, given.diff[0])
            paged(_between(repo, one, _find(line, given.diff[1]) if given.diff[1:] else line[-1]))
        elif given.turn:
            paged(_last_turn(repo, line, session.base))
        else:
            _list(state, session, line)
    return 0


def _document(point: Point) -> dict[str, object]:
    return {
        "number": point.number, "commit": point.commit, "at": moment(point.at), "why": point.why,
        "head": point.head, "files": list(point.files), "added": point.added,
        "removed": point.removed,
    }  # fmt: skip


def _find(line: list[Point], word: str) -> Point:
    """Find the point that a word means."""
    if word == "last":
        return line[-1]
    if word.isascii() and word.isdecimal() and 1 <= int(word) <= len(line):
        return line[int(word) - 1]
    found = [one for one in line if len(word) >= 4 and one.commit.startswith(word)]
    if len(found) != 1:
        raise acts.Refused(
            f"There is no point {word!a}: they are numbered 1 to {len(line)}; `last` is the latest."
        )
    return found[0]


def _last_turn(repo: Repository, line: list[Point], base: str | None) -> Iterator[str]:
    """Tell what the last point changed, the first one of all from where its session began."""
    *before, last = line
    if before:
        return _between(repo, before[-1], last)
    heading = f"# up to point {last.number} ({last.why})"
    return _diff(repo, heading, base or last.head or last.commit, last.commit)


def _between(repo: Repository, one: Point, other: Point) -> Iterator[str]:
    heading = f"# from point {one.number} to {other.number} ({other.why})"
    return _diff(repo, heading, one.commit, other.commit)


def _diff(repo: Repository, heading: str, one: str, other: str) -> Iterator[str]:
    yield page.paint(heading, "bold")
    pieces = changes.diff_text(repo.place, one, other)
    for raw in lines_of(pieces):
        yield painted(clean(raw.decode(errors="replace"), 4000))


def _show(repo: Repository, point: Point, path: str) -> None:
    (blob,) = objects.blobs(repo.place, point.commit, [path], LARGEST)
    if blob is None:
        raise acts.Refused(f"There was no {clean_line(path)} at point {point.number}.")
    if sys.stdout.isatty():
        print(clean(blob.start.decode(errors="replace")))
    else:
        sys.stdout.buffer.write(blob.start)
        sys.stdout.buffer.flush()
    if blob.size > len(blob.start):
        print(f"conductor: cut after {LARGEST >> 20} MB of {blob.size}", file=sys.stderr)


def _list(state: State, session: Session, line: list[Point]) -> None:
    task = state.tasks[session.task]
    print(page.paint(f"{session.id} of {task.id}: {task.title}", "bold"))
    now = time.time()
    rows = []
    for one in reversed(line):
        named = ", ".join(clean_line(path) for path in one.files[:4])
        more = f" and {len(one.files) - 4} more" if len(one.files) > 4 else ""
        rows.append(
            (
                str(one.number), f"{page.age(now - one.at)} ago", one.commit[:8],
                clean_line(one.why, 40), f"+{one.added} -{one.removed}", named + more,
            )
        )  # fmt: skip
    print(page.table(("point", "when", "commit", "why", "lines", "files"), rows))


COMMANDS = {"history": history}
