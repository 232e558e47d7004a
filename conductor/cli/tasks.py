"""The commands that put work into the queue and steer it there."""

from __future__ import annotations

from conductor import acts
from conductor.cli.arguments import whole, words_of
from conductor.cli.deeds import Acting, Deed
from conductor.state import TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conductor.journal import Journal

_WISHES = (
    ("--harness", "H", "which agent is to do it: claude, codex, builtin, …"),
    ("--subscription", "S", "which subscription is to pay for it"),
    ("--model", "M", "which model the agent is to use"),
    ("--verify", "CMD", "the check it must pass, instead of the repository's own"),
)

_EDITABLE = ("title", "text", "priority", "harness", "subscription", "model", "verify")


def add(words: list[str]) -> int:
    """Put a piece of work into the queue."""
    parser = Acting(
        "add",
        "Put a piece of work into the queue. It starts by itself when a slot is free.",
        'conductor add "Let the export write CSV as well"',
        "conductor add --template fix --priority 1 Login fails for names with umlauts",
        "conductor add --after t3,t4 --title 'Release notes' - < notes.md",
    )
    parser.add_argument(
        "text", nargs="+", metavar="TEXT", help="what is to be done; - reads standard input"
    )
    parser.add_argument("--title", metavar="T", help="a short name (default: its first line)")
    parser.add_argument(
        "--template",
        metavar="N",
        help="words always said with such work: feature, fix, refactor, research, or your own",
    )
    parser.add_argument("--repo", metavar="DIR", default=".", help="where (default: here)")
    parser.add_argument("--after", metavar="ID,...", default="", help="the tasks it waits for")
    parser.add_argument("--priority", metavar="N", type=whole, default=0, help="higher goes first")
    parser.add_argument("--tag", metavar="WORD", help="a group of your own, seen in the fleet")
    parser.add_argument("--hold", action="store_true", help="keep it until it is released")
    parser.add_argument(
        "--filler",
        action="store_true",
        help="start it only where allowance would lapse unused, and again once it has landed",
    )
    for flag, name, about in _WISHES:
        parser.add_argument(flag, metavar=name, help=about)
    given = parser.parse_args(words)
    from conductor.cli.adding import check, outlook

    text = words_of(given.text)
    with Deed(given) as deed:
        plan = check(deed.where, given.repo, harness=given.harness, subscription=given.subscription)
        told = text
        if given.template and text.strip():
            from conductor.templates import fill

            told = fill(deed.where, given.template, text)
        ident = acts.add_task(
            deed.journal, told, plan.root,
            title=given.title or acts.title_of(text), priority=given.priority,
            after=tuple(filter(None, (part.strip() for part in given.after.split(",")))),
            template=given.template, harness=given.harness, subscription=given.subscription,
            model=given.model, verify=given.verify, held=given.hold, filler=given.filler,
            tag=given.tag,
        )  # fmt: skip
        deed.done(outlook(deed.state, ident, plan), ident, wakes=not given.hold)
    return 0


def edit(words: list[str]) -> int:
    """Change a task that has not begun."""
    parser = Acting(
        "edit",
        "Change a task that has not begun; without options, its text opens in your editor.",
        "conductor edit t7 --priority 2",
        "conductor edit t7 --text - < task.md",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--title", metavar="T", help="a short name")
    parser.add_argument("--text", metavar="TEXT|-", help="what is to be done instead")
    parser.add_argument("--priority", metavar="N", type=whole)
    for flag, name, about in _WISHES:
        parser.add_argument(flag, metavar=name, help=about)
    given = parser.parse_args(words)
    fresh = {name: getattr(given, name) for name in _EDITABLE}
    with Deed(given) as deed:
        task = acts.find_task(deed.state, given.id)
        if all(value is None for value in fresh.values()):
            from conductor.cli.editor import compose

            fresh["text"] = compose(deed.journal.text(task.told), f"{task.id}.md")
        elif given.text is not None:
            fresh["text"] = words_of([given.text])
        _known(deed.where.config_file, given.harness, given.subscription)
        acts.edit_task(deed.journal, task.id, **fresh)
        deed.done(f"{task.id} was changed.", task.id, wakes=False)
    return 0


def _known(config: str, harness: str | None, subscription: str | None) -> None:
    if harness or subscription:
        from conductor.cli.adding import check_names
        from conductor.config import load_whole

        check_names(load_whole(config), harness, subscription)


def _steer(
    command: str, about: str, act: Callable[[Journal, str], object], done: str, *, wakes: bool
) -> Callable[[list[str]], int]:
    """Make a command that does one thing to each task it is given."""

    def run(words: list[str]) -> int:
        parser = Acting(command, about, f"conductor {command} t7", f"conductor {command} t7 t8")
        parser.add_argument("ids", nargs="+", metavar="ID")
        given = parser.parse_args(words)
        with Deed(given) as deed:
            for ident in given.ids:
                act(deed.journal, ident)
                task = acts.find_task(deed.state, ident)
                why = f" {task.why}" if task.state is TaskState.BLOCKED and task.why else ""
                said = done.format(id=task.id, state=task.state, why=why)
                deed.done(said, task.id, wakes=wakes)
        return 0

    return run


def _cancel(words: list[str]) -> int:
    parser = Acting(
        "cancel",
        "Give tasks up, whatever they are doing. What an agent changed stays in its snapshot.",
        "conductor cancel t7",
        'conductor cancel t7 --why "Done by hand"',
    )
    parser.add_argument("ids", nargs="+", metavar="ID")
    parser.add_argument("--why", metavar="TEXT", default="", help="kept with the task")
    given = parser.parse_args(words)
    with Deed(given) as deed:
        for ident in given.ids:
            acts.cancel(deed.journal, ident, given.why)
            task = acts.find_task(deed.state, ident)
            session = deed.state.sessions.get(task.session or "")
            live = session is not None and session.live
            stops = f"; {task.session} is being stopped" if live else ""
            deed.done(f"{task.id} is cancelled{stops}.", task.id, wakes=live)
    return 0


def _tag(words: list[str]) -> int:
    parser = Acting(
        "tag",
        "Put a task into a group of your own; the fleet groups by it. Without a word, out of it.",
        "conductor tag t7 release",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("word", metavar="WORD", nargs="?", default="", help="the group")
    given = parser.parse_args(words)
    with Deed(given) as deed:
        acts.tag(deed.journal, given.id, given.word)
        task = acts.find_task(deed.state, given.id)
        said = f"{task.id} is tagged {task.tag}." if task.tag else f"{task.id} has no tag."
        deed.done(said, task.id, wakes=False)
    return 0


COMMANDS = {
    "add": add,
    "tag": _tag,
    "edit": edit,
    "cancel": _cancel,
    "hold": _steer(
        "hold", "Keep tasks from starting until they are released.",
        acts.hold, "{id} is held.", wakes=False,
    ),
    "release": _steer(
        "release", "Let held tasks start.",
        acts.release, "{id} is {state}.{why}", wakes=True,
    ),
    "retry": _steer(
        "retry", "Put tasks that failed, were rejected or were cancelled into the queue again.",
        acts.retry, "{id} is {state} again.{why}", wakes=True,
    ),
}  # fmt: skip
