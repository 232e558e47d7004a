"""Any command line as an agent, described by a table in the user's configuration.

Where one run is one prompt, the end of the process is the end of the turn. One that stays and is
typed to is told by its screen alone: by the words that the table says it shows when it takes a
prompt, while it works, and when it asks. No table can say that a prompt has arrived, so that is not
claimed, nor, without words for work, that a turn is over.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from harnesses import (
    SHOWN,
    Ask,
    Asked,
    Began,
    Busy,
    HarnessError,
    Idle,
    Launch,
    Order,
    PromptBy,
    Sighting,
    Typing,
)

PLACEHOLDERS = ("prompt", "model", "worktree", "session", "resume")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_LONGEST = 128 * 1024 - 1  # bytes of one argument that Linux takes, its final NUL aside
_DRAWN = 1.5  # seconds without a stroke after which a screen shows what it means to show
_FOOT = 20  # lines at the end of a screen in which an agent asks
_FROM_FILE = 'exec "$@" < "$0"'  # the file and the command are arguments, never part of the script


_SEEN = {"ready", "working", "asks"}
_KEYS = {"command", "prompt", "env", "resume", *_SEEN}


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

        argument = _PLACEHOLDER.sub(value, word)
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


@dataclass(frozen=True, slots=True)
class Typed(Shell):
    """An agent that is a command line, stays, and is typed to."""

    ready: str = ""  # what it shows when it takes a prompt
    working: str = ""  # what it shows as long as it works
    asks: tuple[str, ...] = ()  # what it shows when it asks the person
    only_screen: bool = True

    def read_screen(self, title: str, screen: str, now: float, still: float) -> Sighting | None:
        """Look for the words of the table."""
        shown = _squeezed(screen)
        if any(_squeezed(words) in shown for words in self.asks):
            lines = [line.rstrip() for line in screen.splitlines() if line.strip()]
            text = "\n".join(lines[-_FOOT:])
            return Asked(f"{SHOWN}{zlib.crc32(text.encode()):08x}", "screen", text)
        if self.working and _squeezed(self.working) in shown:
            return Busy()
        if _squeezed(self.ready) not in shown or still < _DRAWN:
            return None
        return Idle() if self.working else Began()

    def say_over(self, screen: str, text: str) -> Typing:
        """Nothing is known of its limits."""
        return self.say(text)

    def say(self, text: str) -> Typing:
        """Paste and press Enter, where it shows that it takes a prompt."""
        return Typing((), text, pause=0.3, needs=(self.ready,))

    def answer(self, ask: Ask, text: str) -> Typing:
        """What its dialogs take is not known."""
        raise HarnessError("this can only be answered in the agent's own terminal")


def _squeezed(text: str) -> str:
    return "".join(text.split())


def read_table(name: str, table: Mapping[str, object]) -> Shell:
    """Read a `[harness.NAME]` table; raises HarnessError that names the key."""
    where = f"[harness.{name}]"
    for key in sorted(table.keys() - _KEYS):
        raise HarnessError(f"{where} {key}: unknown key; known are {', '.join(sorted(_KEYS))}")
    delivery = _delivery(where, table.get("prompt", "typed"))
    command = words(where, "command", table.get("command"))
    resume = words(where, "resume", table["resume"]) if "resume" in table else ()
    takes = any("{prompt}" in word for word in command)
    if delivery is Delivery.ARGUMENT and not takes:
        raise HarnessError(f'{where} command: prompt = "argument" needs {{prompt}} in the command')
    if delivery is not Delivery.ARGUMENT and (takes or any("{prompt}" in w for w in resume)):
        raise HarnessError(f'{where} command: {{prompt}} needs prompt = "argument"')
    if any("{resume}" in word for word in command):
        raise HarnessError(f"{where} command: {{resume}} belongs in the resume command only")
    env = environment(where, table.get("env", {}))
    if delivery is not Delivery.TYPED:
        for key in sorted(table.keys() & _SEEN):
            raise HarnessError(f'{where} {key}: only an agent with prompt = "typed" is looked at')
        return Shell(name, command, delivery, env, resume)
    ready, working = (_shown(where, key, table.get(key, "")) for key in ("ready", "working"))
    if not ready:
        raise HarnessError(
            f'{where} ready: prompt = "typed" needs words that its screen shows when it takes a '
            'prompt, as in ready = "Type your message"; nothing is typed before'
        )
    asks = words(where, "asks", table["asks"]) if "asks" in table else ()
    return Typed(name, command, delivery, env, resume, ready=ready, working=working, asks=asks)


def _shown(where: str, key: str, written: object) -> str:
    if not isinstance(written, str):
        raise HarnessError(f"{where} {key}: expected a text that its screen shows, not {written!r}")
    return written.strip()


def _delivery(where: str, written: object) -> Delivery:
    if isinstance(written, str) and written in set(Delivery):
        return Delivery(written)
    raise HarnessError(f'{where} prompt: expected "argument", "stdin" or "typed", not {written!r}')


def words(where: str, key: str, written: object) -> tuple[str, ...]:
    """Read a list of texts that is a command line, or a part of one."""
    found = [word for word in written if isinstance(word, str)] if isinstance(written, list) else []
    if not isinstance(written, list) or not found or len(found) != len(written) or not found[0]:
        raise HarnessError(f'{where} {key}: expected a list of texts such as ["agent", "--yes"]')
    for word in found:
        for unknown in set(_PLACEHOLDER.findall(word)) - set(PLACEHOLDERS):
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise HarnessError(f"{where} {key}: unknown {{{unknown}}}; known are {known}")
        if "\0" in word:
            raise HarnessError(f"{where} {key}: a word cannot contain a NUL character")
    return tuple(found)


def environment(where: str, written: object) -> dict[str, str]:
    """Read a table of environment variables."""
    if not isinstance(written, dict):
        raise HarnessError(f"{where} env: expected a table of texts")
    for key, value in written.items():
        if not isinstance(value, str) or "\0" in value:
            raise HarnessError(f"{where} env.{key}: expected a text, not {value!r}")
        if not key or "=" in key or "\0" in key:
            raise HarnessError(f"{where} env.{key}: not a name of an environment variable")
    return dict(written)
