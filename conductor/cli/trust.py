"""`conductor trust`: the person's word that agents may be started in a repository."""

from __future__ import annotations

from conductor import acts
from conductor.cleaning import clean
from conductor.cli.deeds import Acting, Deed
from conductor.config import names_commands
from worktrees.repository import Repository


def trust(words: list[str]) -> int:
    """Trust a repository."""
    parser = Acting(
        "trust",
        "Say that you trust what is in a repository. Vendors' agents ask this before their first "
        "start in one, since its settings and hooks can run commands; Conductor passes it on. The "
        "commands in its conductor.toml wait for the same word.",
        "conductor trust",
        "conductor trust ~/work/site",
    )
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="default: here")
    given = parser.parse_args(words)
    root = str(Repository.open(given.folder).root)
    with Deed(given) as deed:
        commands = names_commands(root)
        acts.trust(deed.journal, root, commands=commands)
        told = f"{clean(root)} is trusted: agents may be started in it"
        told += ", and the commands in its conductor.toml run." if commands else "."
        deed.done(told, wakes=False, repo=root)
    return 0


COMMANDS = {"trust": trust}
