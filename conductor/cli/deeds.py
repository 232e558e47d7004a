"""What every command that changes something shares: a home, and one answer, in words or as JSON."""

from __future__ import annotations

import sys

from conductor.acts import find_task
from conductor.cli import page
from conductor.cli.arguments import Parser
from conductor.cli.home import open_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any, Self

    from conductor.state import State


class Acting(Parser):
    """The parser of a command that changes something: it can tell what it did as a document."""

    def __init__(self, command: str, about: str, *examples: str, reads: str = "") -> None:
        super().__init__(command, about, *examples)
        self.set_defaults(command=command)
        what = f"what was done{reads and ', or '}{reads}, as one document"
        self.add_argument("--json", action="store_true", help=what)


class Deed:
    """One such command under way; at its end it tells what it did, and sees that it is carried out.

    What was done before an error is told, too.
    """

    def __init__(self, given: Namespace) -> None:
        self._command, self._as_json = given.command, given.json
        self._said: list[str] = []
        self._tasks: dict[str, None] = {}
        self._more: dict[str, Any] = {}
        self._wakes = False

    def __enter__(self) -> Self:
        self.where, self.journal = open_home()
        return self

    @property
    def state(self) -> State:
        """The state as it is after what was done."""
        return self.journal.state

    def done(self, said: str, *about: str, made: str = "", wakes: bool = True, **more: Any) -> None:
        """Note what was done in a sentence, about which tasks, and the id of what it made.

        It wakes the runner unless there is nothing in it for the runner to do.
        """
        self._said.append(said)
        self._tasks.update((find_task(self.state, ident).id, None) for ident in about)
        self._more |= {"id": made, **more} if made else more
        self._wakes = self._wakes or wakes

    def otherwise(self, said: str, *, wakes: bool = False) -> None:
        """Say this if there was nothing to do."""
        if not self._said:
            self.done(said, wakes=wakes)

    def __exit__(self, kind: object, *_: object) -> None:
        with self.journal:
            if not self._said:
                return
            document = self._document() if self._as_json else None
        trouble = None
        started = False
        if self._wakes:
            from conductor.runner.door import ensure
            from conductor.terminals.errors import TerminalError

            try:
                started = ensure(self.where)
            except TerminalError as error:
                trouble = error
        if document:
            page.document(document | {"runner_started": started})
        else:
            if trouble is None or kind is not None:
                print("\n".join(self._said))
            if started:
                print("The runner was started.", file=sys.stderr)
        if trouble is not None and kind is None:
            done = " ".join(self._said)
            raise type(trouble)(f"{done} But the runner cannot start: {trouble}") from trouble

    def _document(self) -> dict[str, Any]:
        from conductor import contexts
        from conductor.cli.listing import socket_of
        from conductor.samples import totals
        from conductor.views import task_document

        about = totals(self.journal.db), contexts.read(self.journal.db), socket_of(self.where)
        tasks = [self.state.tasks[one] for one in self._tasks]
        return {
            "did": self._command,
            "id": next(iter(self._tasks), None),
            "said": self._said,
            "tasks": [task_document(self.state, task, *about) for task in tasks],
        } | self._more
