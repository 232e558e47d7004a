"""`conductor move`: a session goes on, on another subscription."""

from __future__ import annotations

from conductor import acts
from conductor.cli.arguments import Parser
from conductor.cli.home import open_home, wake_runner
from conductor.config import load


def move(words: list[str]) -> int:
    """Let a session go on, on another subscription."""
    parser = Parser(
        "move",
        "Let a session go on, on another subscription: its conversation comes along to another"
        " home of the same vendor; another vendor's agent gets a written hand-over. Without a"
        " name, to where there is room. Moving it back is the same.",
        "conductor move t7",
        "conductor move s31 claude-2",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("subscription", metavar="SUBSCRIPTION", nargs="?")
    given = parser.parse_args(words)
    where, journal = open_home()
    with journal:
        known = load(where.config_file).subscriptions
        session, name = acts.move(journal, known, given.id, given.subscription)
    wake_runner(where, f"{session} goes on, on {name}.")
    return 0


COMMANDS = {"move": move}
