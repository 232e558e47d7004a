"""`conductor conflict` and `conductor resolve`: what keeps a change from landing, and what then."""

from __future__ import annotations

import sys

from conductor import acts
from conductor.clashing import KINDS, laid_out, read, settled
from conductor.cleaning import clean, clean_line
from conductor.cli import page
from conductor.cli.arguments import Parser
from conductor.cli.deeds import Acting, Deed
from conductor.cli.editor import opened
from conductor.cli.home import open_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from conductor.state import Task
    from worktrees.conflicts import Clashes


def conflict(words: list[str]) -> int:
    """Show what keeps a change from fitting its target."""
    parser = Parser(
        "conflict",
        "Show where a change and its target disagree, as things stand now: what both began with, "
        "what the target made of it, and what the agent did. Nothing is changed.",
        "conductor conflict t7",
        "conductor conflict t7 --json",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--json", action="store_true", help="one document, with whole files")
    given = parser.parse_args(words)
    _, journal = open_home()
    with journal:
        task = acts.find_task(journal.state, given.id)
        name, found = read(journal.state, task)
    if given.json:
        page.document(_document(name, found))
    else:
        from conductor.cli.pager import paged

        paged(_told(task, name, found))
    return 0


def _document(name: str, found: Clashes) -> dict[str, Any]:
    def text(content: bytes | None) -> str | None:
        return None if content is None else content.decode("utf-8", "replace")

    return {
        "target": name,
        "onto": found.onto,
        "change": found.change,
        "files": [
            {
                "path": one.path,
                "kind": one.kind,
                "base": text(one.base) if one.text else None,
                "ours": text(one.ours) if one.text else None,
                "theirs": text(one.theirs) if one.text else None,
                "conflicts": [
                    {
                        "line": region.line,
                        "base": list(region.base),
                        "ours": list(region.ours),
                        "theirs": list(region.theirs),
                    }
                    for region in one.regions
                ],
            }
            for one in found.files
        ],
    }


def _told(task: Task, name: str, found: Clashes) -> Iterator[str]:
    if not found.files:
        yield f"{task.id} fits {name} as it is now: nothing conflicts."
        return
    many = len(found.files)
    heading = f"# {task.id} conflicts with {name} in {many} file{'s' if many > 1 else ''}"
    yield page.paint(heading, "bold")
    for one in found.files:
        yield ""
        yield page.paint(f"{clean_line(one.path, 400)}: {KINDS[one.kind]}", "bold")
        for region in one.regions:
            yield page.paint(f"@@ line {region.line} @@", "cyan")
            yield from _side("  both began with", region.base, " ", "dim")
            yield from _side(f"  {name}", region.ours, "-", "red")
            yield from _side(f"  {task.id}", region.theirs, "+", "green")
    yield ""
    yield f"Send it back to its agent:  conductor send-back {task.id} 'Merge {name}, keep both.'"
    yield f"Settle it yourself:         conductor resolve {task.id}"
    yield f"Have another agent do it:   conductor resolve {task.id} --agent"


def _side(name: str, lines: tuple[str, ...], sign: str, colour: str) -> Iterator[str]:
    yield page.paint(f"{name}:" if lines else f"{name}: nothing", "dim")
    for line in lines:
        yield page.paint(f"{sign} {clean(line, 4000)}", colour)


# Settling it.


def resolve(words: list[str]) -> int:
    """Settle a conflict by hand, or have another agent do it."""
    parser = Acting(
        "resolve",
        "Settle a change's conflict with its target. Your editor opens the files in question, with "
        "all three sides marked; what you leave in them is merged into the agent's branch, "
        "checked, and offered for review anew. With --agent a new task does it.",
        "conductor resolve t7",
        "conductor resolve t7 --agent --subscription claude-max",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--agent", action="store_true", help="by an agent, as a task of its own")
    parser.add_argument("--subscription", metavar="S", help="with --agent: on this subscription")
    given = parser.parse_args(words)
    if given.subscription and not given.agent:
        parser.error("--subscription goes with --agent")
    with Deed(given) as deed:
        journal = deed.journal
        task = acts.find_task(deed.state, given.id)
        name, found = read(deed.state, task)
        if not found.files:
            raise acts.Refused(f"{task.id} fits {name} as it is now: approve it, and it lands.")
        if given.agent:
            made = acts.resolve_by_agent(journal, task.id, name, found.change, given.subscription)
            said = f"{made} was added: an agent merges {task.id} with {name}, and you review that."
            deed.done(said, task.id, made, made=made)
        else:
            acts.resolvable(deed.state, task.id)
            files = laid_out(deed.where, task, found)
            if not (sys.stdin.isatty() and sys.stdout.isatty()):
                raise acts.Refused(
                    "This opens your editor, so it needs a terminal; or use --agent."
                )
            opened(*files)
            acts.resolve(journal, task.id, found.onto, found.change, settled(files, found))
            said = f"{task.id} is merged with {name}, checked, and then offered for review anew."
            deed.done(said, task.id)
    return 0


COMMANDS = {"conflict": conflict, "resolve": resolve}
