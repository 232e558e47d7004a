"""The commands that talk to an agent, or stop it."""

from __future__ import annotations

from conductor import acts
from conductor.cli.arguments import whole, words_of
from conductor.cli.deeds import Acting, Deed
from conductor.runner.door import running


def say(words: list[str]) -> int:
    """Send words to an agent."""
    parser = Acting(
        "say",
        "Send words to an agent. They are typed as soon as it can take them.",
        "conductor say t7 Keep the old flag working, please",
        "conductor say s31 - < remarks.md",
        "conductor say --all Commit what you have, and go on",
    )
    parser.add_argument("--all", action="store_true", help="to every agent at work, without an ID")
    parser.add_argument("id", metavar="ID")
    parser.add_argument("text", nargs="*", metavar="TEXT", help="the words; - reads standard input")
    given = parser.parse_args(words)
    if given.all:
        with Deed(given) as deed:
            text = words_of([given.id, *given.text])
            for ident, message in acts.say_all(deed.journal, text).items():
                deed.done(f"It is on its way to {ident}.", ident, made=message)
            deed.otherwise("No agent is at work.")
        return 0
    if not given.text:
        parser.error("say what: conductor say ID TEXT")
    with Deed(given) as deed:
        message = acts.say(deed.journal, given.id, words_of(given.text))
        session = acts.find_session(deed.state, given.id)
        deed.done(f"It is on its way to {session.id}.", session.id, made=message)
    return 0


def answer(words: list[str]) -> int:
    """Answer what an agent asks."""
    parser = Acting(
        "answer",
        "Answer what an agent asks: words, or for a permission `allow` or `deny`.",
        "conductor answer s31 allow",
        "conductor answer t7 Use the second one",
        "conductor answer --ask 2 s31 deny",
    )
    parser.add_argument("--ask", metavar="N", type=whole, help="which, of several that it asks")
    parser.add_argument("id", metavar="ID")
    parser.add_argument("text", nargs="+", metavar="allow|deny|TEXT")
    given = parser.parse_args(words)
    with Deed(given) as deed:
        session = acts.find_session(deed.state, given.id)
        ask = None
        if given.ask is not None:
            if not 0 < given.ask <= len(session.asks):
                raise acts.Refused(f"{session.id} asks {len(session.asks)} things at this moment.")
            ask = session.asks[given.ask - 1].id
        message = acts.answer(deed.journal, given.id, words_of(given.text), ask)
        deed.done(f"The answer is on its way to {session.id}.", session.id, made=message)
    return 0


def stop(words: list[str]) -> int:
    """Stop agents."""
    parser = Acting(
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
    with Deed(given) as deed:
        one_by_one = (acts.stop(deed.journal, ident) for ident in given.ids)
        for stopped in acts.stop_all(deed.journal) if given.all else one_by_one:
            deed.done(f"Stopping {stopped}.", stopped)
        deed.otherwise("No agent is at work.")
    return 0


def resume(words: list[str]) -> int:
    """Take up what was cut off."""
    parser = Acting(
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
    with Deed(given) as deed:
        one_by_one = (acts.resume(deed.journal, ident) for ident in given.ids)
        for begun in acts.resume_all(deed.journal) if given.all else one_by_one:
            deed.done(f"Taking up {begun}.", begun)
        if not running(deed.where):
            looks = "one looks now, and `conductor list` tells"
            deed.otherwise(f"No runner was there to see what was cut off: {looks}.", wakes=True)
        deed.otherwise("No agent was cut off.")
    return 0


COMMANDS = {"say": say, "answer": answer, "stop": stop, "resume": resume}
