"""Starting the agent: `python -I -m harnesses.builtin --model SPEC --worktree DIR --folder DIR`."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

from harnesses import HarnessError
from harnesses.builtin.agent import Agent
from harnesses.builtin.cleaning import clean
from harnesses.builtin.history import History, replay
from harnesses.builtin.loop import Loop
from harnesses.builtin.models import Model
from harnesses.builtin.record import NAME, VERSION, Record, RecordError, find
from harnesses.builtin.shell_tool import TIMEOUT
from harnesses.builtin.specs import ModelSpec, read_spec
from harnesses.builtin.wording import instructions


def main(arguments: list[str] | None = None) -> int:
    """Run one conversation; 2 when it cannot start, with the reason on screen and in the record."""
    given = _arguments().parse_args(arguments)
    if not (os.isatty(0) and os.isatty(1)):
        return _refuse("the built-in agent converses in a terminal; start it in one")
    try:
        record = Record(given.folder / NAME)
    except RecordError as error:
        return _refuse(str(error))
    try:
        spec = read_spec(given.model)
        loop = _conversation(given.resume, given.folder, spec, given.worktree, record)
    except (HarnessError, RecordError) as error:
        with suppress(RecordError):  # the first reason is the one to tell
            record.write("failure", why=str(error), cap=False)
        return _refuse(str(error))
    try:
        Agent(loop, f"{given.model.partition('?')[0]} in {given.worktree}").run()
    except RecordError as error:
        return _refuse(str(error))
    record.close()
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="harnesses.builtin", description=__doc__)
    parser.add_argument("--model", required=True, help="the model spec")
    parser.add_argument("--worktree", required=True, type=Path, help="where commands run")
    parser.add_argument("--folder", required=True, type=Path, help="where the record is kept")
    parser.add_argument("--resume", metavar="ID", help="the conversation to continue")
    return parser


def _conversation(
    resume: str | None, folder: Path, spec: ModelSpec, worktree: Path, record: Record
) -> Loop:
    """Begin a conversation, or take an old one up where it stands."""
    if not worktree.is_dir():
        raise HarnessError(f"the worktree {worktree} is not there")
    model = _open(spec, worktree)
    about = {"version": VERSION, "model": spec.name, "worktree": str(worktree)}
    if resume is None:
        name, history = os.urandom(16).hex(), History()
        record.write("header", id=name, **about)
    else:
        path, entries = find(folder, resume)
        name, history = resume, replay(entries)
        if path == record.path:
            record.write("resumed", id=name)
        else:
            # Carried inside the header, old lines are not read as news a second time.
            record.write("header", id=name, carried=entries, **about)
    return Loop(name, spec=spec, model=model, worktree=worktree, record=record, history=history)


def _open(spec: ModelSpec, worktree: Path) -> Model:
    """Open the model a spec names; only its own package is imported, and only when used."""
    told = instructions(worktree, TIMEOUT)
    if spec.kind == "anthropic":
        from harnesses.builtin.anthropic_model import AnthropicModel

        return AnthropicModel(spec.name, spec.address, told, spec.output)
    if spec.kind == "openai":
        from harnesses.builtin.openai_model import OpenAIModel

        return OpenAIModel(spec.name, spec.address, told, spec.output)
    from harnesses.builtin.rehearsal import Rehearsal, speed

    return Rehearsal(Path(spec.name), speed())


def _refuse(why: str) -> int:
    sys.stderr.write(clean(why) + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
