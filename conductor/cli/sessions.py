"""The commands that talk to an agent, or stop it."""

from __future__ import annotations

from conductor import acts
from conductor.cli.arguments import Parser, words_of
from conductor.cli.home import open_home, wake_runner


def say(words: list[str]) -> int:
    """Send words to an agent."""
    parser = Parser(
        "say",
        "Send words to an agent. They are typed as soon as it can take them.",
        "conductor say t7 Keep the old flag working, please",
        "conductor say s31 - < remarks.md",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("text", nargs="+", metavar="TEXT", help="the words; - reads them")
    given = parser.parse_args(words)
    where, journal = open_home()
    with journal:
        acts.say(journal, given.id, words_of(given.text))
        session = acts.find_session(journal.state, given.id)
    wake_runner(where, f"It is on its way to {session.id}.")
    return 0


def answer(words: list[str]) -> int:
    """Answer what an agent asks."""
    parser = Parser(
        "answer",
        "Answer what an agent asks: words, or for a permission `allow` or `deny`.",
        "conductor answer s31 allow",
        "conductor answer t7 Use the second one",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("text", nargs="+", metavar="allow|deny|TEXT")
    given = parser.parse_args(words)
    where, journal = open_home()
    with journal:
        acts.answer(journal, given.id, words_of(given.text))
        session = acts.find_session(journal.state, given.id)
    wake_runner(where, f"The answer is on its way to {session.id}.")
    return 0


def stop(words: list[str]) -> int:
    """Stop agents."""
    parser = Parser(
        "stop",
        "Stop an agent: it is asked, then ended with everything it started. Its work is kept.",
        "conductor stop s31",
        "conductor stop --all",
    )
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--all", action="store_true", help="every agent at work")
    given = parser.parse_args(words)
    if bool(given.ids) == given.all:
        parser.error("name a session to stop, or --all")
    where, journal = open_home()
    with journal:
        if given.all:
            stopped = acts.stop_all(journal)
        else:
            stopped = [acts.stop(journal, ident) for ident in given.ids]
    if stopped:
        wake_runner(where, f"Stopping {', '.join(stopped)}.")
    else:
        print("No agent is at work.")
    return 0


def resume(words: list[str]) -> int:
    """Take up what was cut off."""
    parser = Parser(
        "resume",
        "Start agents again that went with the machine or with tmux, each on its own conversation.",
        "conductor resume s31",
        "conductor resume --all",
    )
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--all", action="store_true", help="every agent that was cut off")
    given = parser.parse_args(words)
    if bool(given.ids) == given.all:
        parser.error("name a session to take up, or --all")
    where, journal = open_home()
    with journal:
        if given.all:
            begun = acts.resume_all(journal)
        else:
            begun = [acts.resume(journal, ident) for ident in given.ids]
    if begun:
        wake_runner(where, f"Taking up {', '.join(begun)}.")
    else:
        print("No agent was cut off.")
    return 0


COMMANDS = {"say": say, "answer": answer, "stop": stop, "resume": resume}
