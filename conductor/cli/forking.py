"""`conductor fork`: a second agent goes on from where one stands."""

from __future__ import annotations

from conductor import acts
from conductor.cli.arguments import words_of
from conductor.cli.deeds import Acting, Deed
from conductor.config import load


def fork(words: list[str]) -> int:
    """Have a second agent go on from a session's conversation and files."""
    parser = Acting(
        "fork",
        "Have a second agent go on from where one stands: the same conversation, the same files"
        " (uncommitted ones, too) in a worktree of its own. Both go on independently, each with"
        " its own change to review.",
        "conductor fork t7 Try it with SQLite instead",
        "conductor fork s31 - < other-way.md",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument(
        "text", nargs="+", metavar="TEXT", help="what it is to do; - reads standard input"
    )
    given = parser.parse_args(words)
    with Deed(given) as deed:
        known = load(deed.where.config_file).harnesses
        task = acts.fork(deed.journal, known, given.id, words_of(given.text))
        source = acts.find_session(deed.journal.state, given.id)
        told = f"{task} goes on from {source.id} as soon as {source.subscription} can."
        deed.done(told, task, made=task)
    return 0


COMMANDS = {"fork": fork}
