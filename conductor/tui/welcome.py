"""What an empty home says: the next thing to do, with the very keys and commands."""

from __future__ import annotations

from pathlib import Path

from conductor.inbox import inbox
from conductor.tui.wording import folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.tui.inks import Run
    from conductor.tui.world import World
    from harnesses.installed import Cli

_KEYS = (
    ("n", "write a task; an agent starts on it in a worktree of its own"),
    ("i", "what needs you"),
    ("r", "changes to review"),
    ("q", "the queue"),
    ("?", "help, in every room"),
    ("^p", "everything by name"),
    ("^q", "leave; agents go on"),
)
_ADDING = ("conductor init --add all", "adds one for each agent that is found")
_SHOWING = ("conductor init", "how to name one; ours needs only a model")
_COMMANDS = (
    ("conductor doctor", "says how each stands, and what is missing"),
    ("conductor demo", "plays with six agents; no account needed"),
)
_NAMING = (
    'git config --global user.name "Your Name"',
    "git config --global user.email you@example.org",
)


def words(world: World) -> list[list[Run]]:
    """Say what to do next."""
    waiting = sum(
        number
        for key, number in world.state.counts.items()
        if key.partition(" ")[0] in ("queued", "held", "blocked")
    )
    lines: list[list[Run]] = [[("No agent is at work.", "strong")], []]
    if waiting:
        many = "tasks wait" if waiting > 1 else "task waits"
        lines += [
            [(f"{waiting} {many} in the queue; ", "plain"), ("q", "key"), (" says why.", "plain")]
        ]
    if asking := len(inbox(world.state)):
        need = "things need" if asking > 1 else "thing needs"
        lines += [[(f"{asking} {need} you; ", "waiting"), ("i", "key"), (" says what.", "plain")]]
    lines += [[]] if waiting or asking else []
    lines += [[(f"{key:<4}", "key"), (said, "plain")] for key, said in _KEYS]
    if not world.repos():
        told = "You stand in no git repository: start `conductor` inside one, or name it."
        lines += [[], [(told, "waiting")]]
    if not world.subscriptions:
        clis = _found(world)
        found = ""
        if clis is not None:
            there = ", ".join(cli.harness for cli in clis)
            found = f" Found here: {there}." if there else " No agent CLI is found on PATH, either."
        told = f"No subscription is configured yet.{found} In another terminal:"
        lines += [[], [(told, "waiting")]]
        commands = (_SHOWING if clis == [] else _ADDING, *_COMMANDS)
        lines += [[(f"  {said:<26}", "key"), (does, "plain")] for said, does in commands]
    if nameless := _nameless(world):
        told = f"Git does not know in whose name to commit in {folder(nameless)}; nothing can land."
        lines += [[], [(told, "waiting")]]
        lines += [[(f"  {said}", "key")] for said in _NAMING]
    if world.trouble:
        lines += [[], [(world.trouble, "failed")]]
    return lines


def nothing(there: int) -> list[list[Run]]:
    """Say that the words or hiding leave nobody, and how all come back."""
    return [
        [("None of the agents at work is shown.", "strong")],
        [],
        [("esc", "key"), (f"  shows all {there} again", "plain")],
    ]


def _nameless(world: World) -> str | None:
    """Find a repository in which nothing can be committed; git is asked only of what changed."""
    if not world.goes_on or world.runner is None:
        return None
    from worktrees import git
    from worktrees.errors import GitError

    for repo in world.repos():
        try:
            if git.identity(Path(repo)) is None:
                return repo
        except GitError:
            continue  # gone, or none of git's: whoever works there says so
    return None


def _found(world: World) -> list[Cli] | None:
    """Look for agents' programs, once the first frame has been drawn: it need not wait for that."""
    if not world.goes_on or world.runner is None:
        return None
    from harnesses import installed

    return installed.there()
