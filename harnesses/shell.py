"""Any command line as an agent, described by a table in the user's configuration.

Where one run is one prompt, the end of the process is the end of the turn. One that stays and is
typed to is `typed`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from harnesses import (
    Ask,
    HarnessError,
    Launch,
    Order,
    PromptBy,
    Sighting,
    Typing,
)

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_LONGEST = 128 * 1024 - 1  # bytes of one argument that Linux takes, its final NUL aside
_FROM_FILE = 'exec "$@" < "$0"'  # the file and the command are arguments, never part of the script


class Delivery(StrEnum):
    """How the prompt reaches the command."""

    ARGUMENT = "argument"
    STDIN = "stdin"
    TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Shell:
    """An agent that is a command line."""

    name: str
    command: tuple[str, ...]
    delivery: Delivery
    env: Mapping[str, str] = field(default_factory=dict)
    resume: tuple[str, ...] = ()

    @property
    def prompt_by(self) -> PromptBy:
        """Typed prompts are typed; the others are part of the launch."""
        return PromptBy.TYPING if self.delivery is Delivery.TYPED else PromptBy.LAUNCH

    @property
    def ends_turn_by_exit(self) -> bool:
        """One run is one prompt, unless it is interactive."""
        return self.delivery is not Delivery.TYPED

    @property
    def confirms_prompts(self) -> bool:
        """Nothing shows that a typed prompt arrived."""
        return False

    @property
    def stagger(self) -> float:
        """Nothing is known of a race between two of them."""
        return 0.0

    @property
    def wants_trust(self) -> bool:
        """Whoever describes a command line answers for it."""
        return False

    def launch(self, order: Order) -> Launch:
        """Fill the command in; the prompt is one argument, or a file on standard input."""
        command = self._command(order)
        if self.delivery is Delivery.STDIN:
            file = order.folder / "prompt.txt"
            argv = ("/bin/sh", "-c", _FROM_FILE, str(file), *command)
            return Launch(argv, self._env(order), {file: self._prompt(order)})
        return Launch(command, self._env(order))

    def read(self, line: str) -> Sequence[Sighting]:
        """Nothing is known of what such an agent writes."""
        return ()

    def read_title(self, title: str) -> None:
        """Its title says nothing of its state."""

    def say(self, text: str) -> Typing:
        """Paste and press Enter, where prompts are typed."""
        if self.delivery is not Delivery.TYPED:
            raise HarnessError(f"{self.name} takes one prompt, at its start: start it again")
        return Typing((), text, ("Enter",))

    def answer(self, ask: Ask, text: str) -> Typing:
        """Answer in words: what else its asks would take is not known."""
        return self.say(text)

    def _command(self, order: Order) -> tuple[str, ...]:
        words = self.command
        if order.resume is not None:
            if not self.resume:
                raise HarnessError(
                    f"{self.name} cannot continue a conversation: [harness.{self.name}] has no "
                    "resume command"
                )
            words = self.resume
        values: dict[str, str | None] = {
            "model": order.model,
            "worktree": str(order.worktree),
            "session": order.session,
            "resume": order.resume,
        }
        if any("{prompt}" in word for word in words):
            values["prompt"] = self._prompt(order)
        return tuple(self._fill(word, values) for word in words)

    def _fill(self, word: str, values: Mapping[str, str | None]) -> str:
        def value(found: re.Match[str]) -> str:
            filled = values.get(found[1])
            if filled is None:
                raise HarnessError(f"{self.name} needs a {found[1]}: {{{found[1]}}} has no value")
            return filled

        argument = PLACEHOLDER.sub(value, word)
        if len(argument.encode(errors="replace")) > _LONGEST:
            raise HarnessError(
                f"the prompt is too long for a command line: give [harness.{self.name}] "
                'prompt = "stdin"'
            )
        if "\0" in argument:
            raise HarnessError(f"{self.name}: a prompt with a NUL character cannot be an argument")
        return argument

    def _prompt(self, order: Order) -> str:
        if order.prompt is None:
            raise HarnessError(f"{self.name} takes its prompt at the start, and there is none")
        return order.prompt

    def _env(self, order: Order) -> dict[str, str]:
        return {**self.env, **order.env}
