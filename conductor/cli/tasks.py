"""The commands that put work into the queue and steer it there."""

from __future__ import annotations

from conductor import acts
from conductor.cli.arguments import Parser, words_of
from conductor.cli.home import open_home, wake_runner
from conductor.state import TaskState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conductor.journal import Journal

_WISHES = (
    ("--harness", "H", "which agent is to do it"),
    ("--subscription", "S", "which subscription is to pay for it"),
    ("--model", "M", "which model the agent is to use"),
    ("--verify", "CMD", "the check it must pass, instead of the repository's own"),
)


def add(words: list[str]) -> int:
    """Put a piece of work into the queue."""
    parser = Parser(
        "add",
        "Put a piece of work into the queue. It starts by itself when a slot is free.",
        'conductor add "Let the export write CSV as well"',
        "conductor add --template fix --priority 1 Login fails for names with umlauts",
        "conductor add --after t3,t4 --title 'Release notes' - < notes.md",
    )
    parser.add_argument("text", nargs="+", metavar="TEXT", help="what is to be done; - reads it")
    parser.add_argument("--title", metavar="T", help="a short name (default: its first line)")
    parser.add_argument("--template", metavar="N", help="words always said with such work")
    parser.add_argument("--repo", metavar="DIR", default=".", help="where (default: here)")
    parser.add_argument("--after", metavar="ID,...", default="", help="the tasks it waits for")
    parser.add_argument("--priority", metavar="N", type=int, default=0, help="higher goes first")
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
    where, journal = open_home()
    with journal:
        plan = check(where, given.repo, harness=given.harness, subscription=given.subscription)
        told = text
        if given.template and text.strip():
            from conductor.templates import fill

            told = fill(where, given.template, text)
        ident = acts.add_task(
            journal, told, plan.root,
            title=given.title or acts.title_of(text), priority=given.priority,
            after=tuple(filter(None, (part.strip() for part in given.after.split(",")))),
            template=given.template, harness=given.harness, subscription=given.subscription,
            model=given.model, verify=given.verify, held=given.hold, filler=given.filler,
            tag=given.tag,
        )  # fmt: skip
        said = outlook(journal.state, ident, plan)
    if given.hold:
        print(said)
    else:
        wake_runner(where, said)
    return 0


def edit(words: list[str]) -> int:
    """Change a task that has not begun."""
    parser = Parser(
        "edit",
        "Change a task that has not begun; without options, its text opens in your editor.",
        "conductor edit t7 --priority 2",
        "conductor edit t7 --text - < task.md",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--title", metavar="T")
    parser.add_argument("--text", metavar="TEXT|-", help="what is to be done instead")
    parser.add_argument("--priority", metavar="N", type=int)
    for flag, name, about in _WISHES:
        parser.add_argument(flag, metavar=name, help=about)
    given = vars(parser.parse_args(words))
    ident = given.pop("id")
    where, journal = open_home()
    with journal:
        task = acts.find_task(journal.state, ident)
        if all(value is None for value in given.values()):
            from conductor.cli.editor import compose

            given["text"] = compose(journal.text(task.told), f"{task.id}.md")
        elif given["text"] is not None:
            given["text"] = words_of([given["text"]])
        _known(where.config_file, given["harness"], given["subscription"])
        acts.edit_task(journal, task.id, **given)
    print(f"{task.id} was changed.")
    return 0


def _known(config: str, harness: str | None, subscription: str | None) -> None:
    if harness or subscription:
        from conductor.cli.adding import check_names
        from conductor.config import load

        check_names(load(config), harness, subscription)


def _steer(
    command: str, about: str, act: Callable[[Journal, str], object], done: str, *, wakes: bool
) -> Callable[[list[str]], int]:
    """Make a command that does one thing to each task it is given."""

    def run(words: list[str]) -> int:
        parser = Parser(command, about, f"conductor {command} t7", f"conductor {command} t7 t8")
        parser.add_argument("ids", nargs="+", metavar="ID")
        idents = parser.parse_args(words).ids
        where, journal = open_home()
        with journal:
            for ident in idents:
                act(journal, ident)
                task = acts.find_task(journal.state, ident)
                why = f" {task.why}" if task.state is TaskState.BLOCKED and task.why else ""
                said = done.format(id=task.id, state=task.state, why=why)
                if wakes:
                    wake_runner(where, said)
                else:
                    print(said)
        return 0

    return run


def _cancel(words: list[str]) -> int:
    parser = Parser(
        "cancel",
        "Give tasks up, whatever they are doing. What an agent changed stays in its snapshot.",
        "conductor cancel t7",
        'conductor cancel t7 --why "Done by hand"',
    )
    parser.add_argument("ids", nargs="+", metavar="ID")
    parser.add_argument("--why", metavar="TEXT", default="", help="kept with the task")
    given = parser.parse_args(words)
    where, journal = open_home()
    with journal:
        for ident in given.ids:
            acts.cancel(journal, ident, given.why)
            task = acts.find_task(journal.state, ident)
            session = journal.state.sessions.get(task.session or "")
            if session and session.live:
                wake_runner(where, f"{task.id} is cancelled; {session.id} is being stopped.")
            else:
                print(f"{task.id} is cancelled.")
    return 0


def _tag(words: list[str]) -> int:
    parser = Parser(
        "tag",
        "Put a task into a group of your own; the fleet groups by it. Without a word, out of it.",
        "conductor tag t7 release",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("word", metavar="WORD", nargs="?", default="")
    given = parser.parse_args(words)
    _, journal = open_home()
    with journal:
        acts.tag(journal, given.id, given.word)
        task = acts.find_task(journal.state, given.id)
    print(f"{task.id} is tagged {task.tag}." if task.tag else f"{task.id} has no tag.")
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
