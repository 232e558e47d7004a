"""`conductor move`: a session goes on, on another subscription."""

from __future__ import annotations

from conductor import acts
from conductor.cli.deeds import Acting, Deed
from conductor.config import load


def move(words: list[str]) -> int:
    """Let a session go on, on another subscription."""
    parser = Acting(
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
    with Deed(given) as deed:
        known = load(deed.where.config_file).subscriptions
        session, name = acts.move(deed.journal, known, given.id, given.subscription)
        deed.done(f"{session} goes on, on {name}.", session)
    return 0


COMMANDS = {"move": move}
