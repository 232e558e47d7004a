"""The commands that decide about a change."""

from __future__ import annotations

from conductor import acts
from conductor.cleaning import clean_line
from conductor.cli.arguments import words_of
from conductor.cli.deeds import Acting, Deed
from conductor.cli.parts import choose, unanswered
from conductor.state import TaskState


def approve(words: list[str]) -> int:
    """Let changes land, or parts of one."""
    parser = Acting(
        "approve",
        "Let changes land, in this order, each exactly as it was offered. Each is merged onto the "
        "newest target and checked there first. What you left out while reading, or leave out "
        "here, stays in the session's worktree and waits for review again.",
        "conductor approve t7",
        "conductor approve t7 t9",
        "conductor approve t7 --leave src/app.py:2",
        "conductor approve t7 --only src/app.py:1,3 --only README",
        'conductor approve t7 --leave notes.md --rework "Not in this change, please"',
    )
    parser.add_argument("ids", nargs="+", metavar="ID")
    parts = parser.add_mutually_exclusive_group()
    what = "FILE[:HUNK,…]"
    parts.add_argument("--only", action="append", metavar=what, help="take nothing but these")
    parts.add_argument("--leave", action="append", metavar=what, help="take all but these")
    parts.add_argument("--whole", action="store_true", help="take all, whatever was left out")
    parser.add_argument("--rework", metavar="TEXT", default="", help="send what is left out back")
    given = parser.parse_args(words)
    if len(given.ids) > 1 and (given.only or given.leave or given.rework):
        parser.error("name one change when you take a part of it")
    with Deed(given) as deed:
        for ident in given.ids:
            left, read = {}, acts.find_task(deed.state, ident).offered
            if not given.whole:
                left = choose(deed.journal, ident, only=given.only, leave=given.leave)
            task = acts.approve(deed.journal, ident, left, given.rework, commit=read)
            told = f" without {', '.join(clean_line(path, 80) for path in left)}" if left else ""
            deed.done(f"{task} is approved{told}; it lands next.", task)
    return 0


def send_back(words: list[str]) -> int:
    """Send a change back for another round."""
    parser = Acting(
        "send-back",
        "Send a change back to its agent: all your comments that wait, and what else is to be "
        "done.",
        "conductor send-back t7",
        "conductor send-back t7 Use the parser we have instead of a new one",
        "conductor send-back t7 - < remarks.md",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument(
        "text", nargs="*", metavar="TEXT", help="what is to be done; - reads standard input"
    )
    parser.add_argument(
        "--again", action="store_true", help="with the earlier comments that got no answer"
    )
    given = parser.parse_intermixed_args(words)
    with Deed(given) as deed:
        again = unanswered(deed.journal, given.id) if given.again else ()
        text = words_of(given.text) if given.text else ""
        message = acts.send_back(deed.journal, given.id, text, again)
        task = acts.find_task(deed.state, given.id)
        deed.done(f"{task.id} goes back to {task.session}.", task.id, made=message)
    return 0


def reject(words: list[str]) -> int:
    """Turn a change down."""
    parser = Acting(
        "reject",
        "Turn a change down. The work stays in its snapshot; `conductor retry` begins anew.",
        'conductor reject t7 "We decided against a new dependency"',
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument(
        "why", nargs="+", metavar="WHY", help="kept with the task; - reads standard input"
    )
    given = parser.parse_args(words)
    with Deed(given) as deed:
        task = acts.reject(deed.journal, given.id, words_of(given.why))
        deed.done(f"{task} is rejected; its work is kept.", task)
    return 0


def land(words: list[str]) -> int:
    """Let a landing go on that waits for the person's checkout."""
    parser = Acting(
        "land",
        "Let a landing go on that waits because your checkout of the target has changes of its "
        "own. With --leave-checkout the target moves without it: your checkout, its files and "
        "what you have staged stay exactly as they are, on a new branch at the commit they were "
        "at. `git stash; git switch main; git stash pop` brings them over when you like.",
        "conductor land t7 --leave-checkout",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--leave-checkout", action="store_true", help="move the target without it")
    given = parser.parse_args(words)
    with Deed(given) as deed:
        if not given.leave_checkout:
            task = acts.find_task(deed.state, given.id)
            if task.state is not TaskState.LANDING:
                raise acts.Refused(f"{task.id} is {task.state}: only what is landing can wait.")
            raise acts.Refused(
                f"{task.id} lands by itself once nothing is in its way: "
                f"{task.why or f'it is {task.state}.'}"
            )
        ident = acts.leave_checkout(deed.journal, given.id)
        deed.done(f"{ident} lands without your checkout, which stays as it is.", ident)
    return 0


def undo(words: list[str]) -> int:
    """Take a landing back."""
    parser = Acting(
        "undo",
        "Take a landing back, the newest unless one is named. If nothing came after and no remote "
        "has it, the target becomes exactly what it was; else a commit that reverts it goes "
        "through the landing queue, or, where that conflicts, a task for an agent is added.",
        "conductor undo",
        "conductor undo t7",
    )
    parser.add_argument("id", nargs="?", metavar="ID")
    given = parser.parse_args(words)
    with Deed(given) as deed:
        task = acts.undo(deed.journal, given.id)
        how = f"`conductor show {task}` says how"
        deed.done(f"The landing of {task} is being undone: {how}.", task)
    return 0


COMMANDS = {
    "approve": approve, "land": land, "reject": reject, "send-back": send_back, "undo": undo,
}  # fmt: skip
