"""The commands that decide about a change."""

from __future__ import annotations

from conductor import acts
from conductor.cli.arguments import Parser, words_of
from conductor.cli.home import open_home, wake_runner


def approve(words: list[str]) -> int:
    """Let changes land."""
    parser = Parser(
        "approve",
        "Let changes land, in this order, each exactly as it was offered. Each is merged onto the "
        "newest target and checked there first.",
        "conductor approve t7",
        "conductor approve t7 t9",
    )
    parser.add_argument("ids", nargs="+", metavar="ID")
    idents = parser.parse_args(words).ids
    where, journal = open_home()
    with journal:
        for ident in idents:
            task = acts.approve(journal, ident)
            wake_runner(where, f"{task} is approved; it lands next.")
    return 0


def send_back(words: list[str]) -> int:
    """Send a change back for another round."""
    parser = Parser(
        "send-back",
        "Send a change back to its agent, with what is to be done.",
        "conductor send-back t7 Use the parser we have instead of a new one",
        "conductor send-back t7 - < remarks.md",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("text", nargs="+", metavar="TEXT", help="what is to be done; - reads it")
    given = parser.parse_args(words)
    where, journal = open_home()
    with journal:
        acts.send_back(journal, given.id, words_of(given.text))
        task = acts.find_task(journal.state, given.id)
    wake_runner(where, f"{task.id} goes back to {task.session}.")
    return 0


def reject(words: list[str]) -> int:
    """Turn a change down."""
    parser = Parser(
        "reject",
        "Turn a change down. The work stays in its snapshot; `conductor retry` begins anew.",
        'conductor reject t7 "We decided against a new dependency"',
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("why", nargs="+", metavar="WHY", help="kept with the task; - reads it")
    given = parser.parse_args(words)
    where, journal = open_home()
    with journal:
        task = acts.reject(journal, given.id, words_of(given.why))
    wake_runner(where, f"{task} is rejected; its work is kept.")
    return 0


def undo(words: list[str]) -> int:
    """Take a landing back."""
    parser = Parser(
        "undo",
        "Take a landing back, the newest unless one is named: the target becomes exactly what it "
        "was, or nothing is changed and you are told why.",
        "conductor undo",
        "conductor undo t7",
    )
    parser.add_argument("id", nargs="?", metavar="ID")
    given = parser.parse_args(words)
    where, journal = open_home()
    with journal:
        task = acts.undo(journal, given.id)
    wake_runner(where, f"The landing of {task} is being undone: `conductor show {task}` says how.")
    return 0


COMMANDS = {"approve": approve, "send-back": send_back, "reject": reject, "undo": undo}
