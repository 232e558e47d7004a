"""What another agent is told when it is to give its opinion on a change."""

from __future__ import annotations

from conductor.acts.finding import find_session, find_task
from conductor.rounds import wording
from conductor.templates import fill

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.journal import Journal
    from conductor.places import Places

TEMPLATE = "opinion"
MOST_TEXT = 20_000


def request(where: Places, journal: Journal, ident: str) -> str:
    """Return the words of a request for an opinion: the template's, around the change's."""
    task = find_task(journal.state, ident)
    session = find_session(journal.state, task.id)
    head = task.offered or session.commit or ""
    text = journal.text(task.told)[:MOST_TEXT]
    about = wording.opinion(task.id, task.title, text, session.base or head, head)
    return fill(where, TEMPLATE, about)
