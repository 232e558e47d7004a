"""`conductor show`: everything about one task."""

from __future__ import annotations

import time

from conductor import acts, contexts, samples, views
from conductor.cleaning import clean
from conductor.cli import page
from conductor.cli.arguments import Parser
from conductor.cli.home import open_home
from conductor.cli.listing import socket_of
from conductor.cli.telling import tell
from conductor.events import KINDS, subject_of, to_body
from conductor.nested import left_out
from conductor.rounds.said import said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conductor.journal import Journal
    from conductor.samples import Tokens
    from conductor.state import Record, Session, State, Task


def show(words: list[str]) -> int:
    """Show everything about one task."""
    parser = Parser(
        "show",
        "Everything about one task: its words, its agent, its change, its check, its history.",
        "conductor show t7",
        "conductor show s31 --json",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--json", action="store_true", help="one document")
    given = parser.parse_args(words)
    where, journal = open_home()
    with journal:
        state = journal.state
        task = acts.find_task(state, given.id)
        tries = [one for one in state.sessions.values() if one.task == task.id]
        tokens = samples.totals(journal.db)
        history = journal.history((task.id, *(one.id for one in tries)))
        if given.json:
            held, socket = contexts.read(journal.db), socket_of(where)
            page.document(
                views.task_document(state, task, tokens, held, socket)
                | {
                    "text": journal.text(task.told),
                    "sessions": [views.session_document(s, tokens, held, socket) for s in tries],
                    "history": [_fact(record) for record in history if record.fact],
                }
            )
            return 0
        for part in _parts(journal, state, task, tokens, history):
            print(part)
    return 0


def _fact(record: Record) -> dict[str, object]:
    assert record.fact is not None
    kind = type(record.fact).__name__
    assert kind in KINDS
    body = to_body(record.fact)
    listed = {
        key: list(value) if isinstance(value, tuple) else value for key, value in body.items()
    }
    return views.fact_document(record.seq, record.at, kind, subject_of(record.fact), listed)


def _parts(
    journal: Journal, state: State, task: Task, tokens: dict[str, Tokens], history: list[Record]
) -> Iterator[str]:
    colour = page.PAINT_OF_STATE.get(task.state)
    yield f"{page.paint(task.id, 'bold')}  {page.paint(task.state, colour)}  {task.title}"
    if said := views.why(state, task):
        yield said
    yield ""
    yield from _fields(_about(task))
    if session := state.sessions.get(task.session or ""):
        held = contexts.read(journal.db).get(session.id)
        yield from _fields(_agent(session, tokens.get(session.id, views.NONE), held))
        yield from _fields(_change(task, session))
        yield from _fields(_said(journal, task))
        waiting = [m for m in state.messages.values() if m.session == session.id]
        for message in waiting:
            fate = f"could not be delivered: {message.why}" if message.why else "on its way"
            words = message.short or "the task's own words"
            yield from _fields([("message", f"{message.id}, {fate}: {words}")])
    yield f"\n{clean(journal.text(task.told)).strip()}\n"
    if task.checked and task.checked.ok is False:
        fact = journal.fact(task.checked.seq)
        yield page.paint(f"$ {clean(getattr(fact, 'command', ''), 400)}", "dim")
        yield f"{clean(getattr(fact, 'tail', '')).strip()}\n"
    line = page.happening()
    for record in history:
        if record.fact is not None:
            yield line(record.at, subject_of(record.fact), tell(record.fact))


def _fields(pairs: list[tuple[str, str]]) -> Iterator[str]:
    for name, value in pairs:
        yield f"{page.paint(page.fit(name, 12), 'dim')}  {value}"


def _about(task: Task) -> list[tuple[str, str]]:
    wishes = [w for w in (task.harness, task.subscription, task.model) if w]
    pairs = [
        ("repository", clean(task.repo, 400)),
        ("added", f"{views.moment(task.created_at)}, {task.state} for {_since(task.since)}"),
        ("priority", str(task.priority) if task.priority else ""),
        ("after", ", ".join(task.after)),
        ("template", task.template or ""),
        ("from", f"{task.forks}, whose conversation it goes on with" if task.forks else ""),
        ("wanted", clean(", ".join(wishes), 400)),
        ("check", clean(task.verify or "", 400)),
        ("tries", str(task.tries) if task.tries > 1 else ""),
    ]
    return [(name, value) for name, value in pairs if value]


def _since(at: float) -> str:
    return page.age(time.time() - at)


def _agent(session: Session, used: Tokens, held: contexts.Context | None) -> list[tuple[str, str]]:
    with_model = f", model {session.model}" if session.model else ""
    cost = "" if used.cost_usd is None else f", ${used.cost_usd:.2f}"
    spent = f"{page.count(used.input)} in, {page.count(used.cached)} cached, "
    how = f"{session.id}, {session.state} for {_since(session.since)}"
    pairs = [
        ("session", f"{how}: {session.harness} on {session.subscription}{with_model}"),
        *(("asks", one.text) for one in session.asks),
        ("why", session.why or ""),
        ("moves", session.declined or _moves(session)),
        ("worktree", f"{session.worktree or '—'}{' (gone)' if session.gone else ''}"),
        ("branch", session.branch or ""),
        ("tokens", f"{spent}{page.count(used.output)} out{cost}" if used.total else ""),
        ("context", _held(held) if held else ""),
        ("terminal", f"conductor attach {session.id}" if session.live else ""),
        ("last words", " ".join(session.last.split())),
    ]
    return [(name, clean(value, 1000)) for name, value in pairs if value]


def _held(context: contexts.Context) -> str:
    of = f"{page.count(context.used)} of {page.count(context.size)} tokens"
    return f"{context.percent}% full, {of}"


def _moves(session: Session) -> str:
    """Say where it is going, could go, and has been."""
    before = ", ".join(life.split(" ")[0] for life in session.lives)
    said = [f"on its way to {session.moving}" if session.moving else ""]
    said += [f"could go on at once on {' or '.join(session.offers)}" if session.offers else ""]
    said += [f"it has lived on {before}" if before else ""]
    return "; ".join(filter(None, said))


def _change(task: Task, session: Session) -> list[tuple[str, str]]:
    pairs = []
    if session.files:
        count = session.count
        much = f"{count} file{'s' if count > 1 else ''}, +{session.added} -{session.removed}"
        pairs.append(("change", f"{much}: conductor diff {task.id}"))
    if session.risky:
        pairs.append(("runs code", page.paint(", ".join(session.risky), "red")))
    if said := left_out(session.nested, session.id):
        pairs.append(("left out", page.paint(said, "yellow")))
    if checked := task.checked:
        if checked.ok is None:
            said = f"runs since {_since(checked.since)}"
        else:
            how = "passed" if checked.ok else f"failed with {checked.code}"
            how += ", only when run again (flaky)," if checked.flaky else ""
            said = f"{how} on {checked.commit[:10]} after {checked.seconds:.1f} s"
        pairs.append(("checked", said))
    if task.pull:
        pairs.append(("pull request", f"{task.pull} ({task.pull_state or 'just opened'})"))
    pairs += [("landed in part", f"on {p.target} as {p.commit[:10]}") for p in task.parts]
    if task.landed:
        pairs.append(("landed", f"on {task.target} as {task.landed[:10]}"))
    return pairs


def _said(journal: Journal, task: Task) -> list[tuple[str, str]]:
    """Say how much has been said about a change."""
    if task.reading is None:
        return []
    about = said(journal, task.id)
    counts = {
        "draft": len(about.drafts),
        "remark": len(about.remarks),
        "sent": sum(one.sent > 0 for one in about.comments.values()),
        "question": len(about.questions),
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return [("said", f"{told}: conductor comment {task.id}")] if told else []


COMMANDS = {"show": show}
