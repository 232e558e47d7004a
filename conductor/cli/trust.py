"""`conductor trust`: the person's word that agents may be started in a repository."""

from __future__ import annotations

from conductor import acts
from conductor.cli.arguments import Parser
from conductor.cli.home import open_home
from worktrees.repository import Repository


def trust(words: list[str]) -> int:
    """Trust a repository."""
    parser = Parser(
        "trust",
        "Say that you trust what is in a repository. Vendors' agents ask this before their first "
        "start in one, since its settings and hooks can run commands; Conductor passes it on.",
        "conductor trust",
        "conductor trust ~/work/site",
    )
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="default: here")
    repository = Repository.open(parser.parse_args(words).folder)
    _, journal = open_home()
    with journal:
        acts.trust(journal, str(repository.root))
    print(f"{repository.root} is trusted: agents may be started in it.")
    return 0


COMMANDS = {"trust": trust}
