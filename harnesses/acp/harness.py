"""Any agent that speaks the Agent Client Protocol, described for the runner.

Over the protocol an agent has no terminal of its own: a pane of ours shows its words, tools and
diffs, and asks the person. What may be done without asking is decided in that pane, the same for
every agent, so each is put into the mode in which it asks. The protocol has no word for a prompt
that has arrived: the record tells that it was handed to the agent.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harnesses import (
    Ask,
    Asked,
    Busy,
    Context,
    HarnessError,
    Idle,
    Launch,
    Limited,
    Named,
    Order,
    PromptBy,
    Prompted,
    Recorded,
    Reply,
    Sighting,
    TurnFailed,
    Used,
)
from harnesses.acp.plan import NAME, RECORD, WISHES, Plan
from harnesses.builtin.record import parse
from harnesses.tables import environment, words

ASKING = ("default", "approve", "manual", "always-ask")
"""What agents call the mode in which they ask before they change anything.

Not `ask`: in Kilo Code and Cursor that is the mode in which they may change nothing.
"""


@dataclass(frozen=True, slots=True)
class Acp:
    """An agent that speaks the protocol."""

    name: str
    command: tuple[str, ...]
    model: tuple[str, ...] = ()  # what is added to the command to choose {model}
    home: str = ""  # the variable that names its config home
    env: Mapping[str, str] = field(default_factory=dict)
    modes: tuple[str, ...] = ASKING
    running: bool = False  # whether it tells a conversation's tokens as a running sum
    own: tuple[str, ...] = ()  # its own terminal program, continuing {resume}
    prompt_by: PromptBy = PromptBy.TYPING
    ends_turn_by_exit: bool = False
    confirms_prompts: bool = True
    stagger: float = 0.1  # several that set one new home up at the same instant fail
    wants_trust: bool = True

    def launch(self, order: Order) -> Launch:
        """Start the pane, which starts the agent."""
        if not order.trusted:
            raise order.distrusted(self.name)
        command = self.command
        if order.model and self.model:
            command += tuple(word.replace("{model}", order.model) for word in self.model)
        env = {**self.env}
        if order.home:
            if not self.home:
                raise HarnessError(
                    f"{self.name} has no `home`: say in [harness.{self.name}] which variable names "
                    'it, as in home = "AGENT_HOME"'
                )
            env[self.home] = str(order.home)
        plan = Plan(
            name=self.name,
            command=command,
            worktree=str(order.worktree),
            permissions=str(order.permissions),
            resume=order.resume,
            model=order.model,
            choose=bool(order.model) and not self.model,
            modes=self.modes,
            commands=order.commands,
            running=self.running,
            own=self.own,
        )
        argv = (sys.executable, "-I", "-m", "harnesses.acp", str(order.folder))
        seeds = {order.folder / NAME: plan.written()}
        records = (order.folder / RECORD,)
        return Launch(argv, {**env, **order.env}, seeds, records, runs=command[0])

    def read(self, line: str) -> Sequence[Sighting]:
        """Say what a line of the pane's record means."""
        entry = parse(line)
        if entry is None:
            return ()
        match entry["type"]:
            case "named":
                return (Named(_text(entry, "id")),)
            case "ready":
                return (Idle(),)
            case "arrival":
                return (Prompted(_text(entry, "text")),)
            case "asked":
                kind = _text(entry, "what") or "permission"
                return (Asked(_text(entry, "ask"), kind, _text(entry, "text")),)
            case "answered" | "woke":
                return (Busy(),)
            case "away":
                return (Asked(_text(entry, "ask"), "screen", _text(entry, "text")),)
            case "end":
                return (Idle(_text(entry, "last")),)
            case "limited":
                until = entry.get("until")
                at = float(until) if isinstance(until, int | float) else None
                return (Limited(at, _text(entry, "text")),)
            case "recorded":
                return (Recorded(_text(entry, "path")),)
            case "failure":
                return (TurnFailed(_text(entry, "why")),)
            case "usage":
                return (_used(entry),)
            case "context":
                return (Context(_count(entry, "used"), _count(entry, "size")),)
        return ()

    def read_title(self, title: str) -> None:
        """Its title says nothing of its state."""

    def say(self, text: str) -> Reply:
        """Hand the prompt to the pane, beside what is being written there."""
        return _wish(text=text)

    def answer(self, ask: Ask, text: str) -> Reply:
        """Hand the answer to the pane; a reason for a refusal is the next thing said."""
        if ask.kind == "screen":
            raise HarnessError("this can only be answered in the agent's own terminal")
        return _wish(ask=ask.id, text=text)


def _wish(**wish: str) -> Reply:
    return Reply(WISHES, f"\n{json.dumps(wish)}\n")  # whatever was cut off before it ends there


def _used(entry: Mapping[str, object]) -> Used:
    cost = entry.get("cost")
    return Used(
        _text(entry, "id"),
        _text(entry, "model"),
        _count(entry, "input"),
        _count(entry, "cached"),
        _count(entry, "output"),
        float(cost) if isinstance(cost, int | float) else None,
        written=_count(entry, "written"),
    )


def _text(entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _count(entry: Mapping[str, object], key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) else 0


def read_table(name: str, table: Mapping[str, object]) -> Acp:
    """Read a `[harness.NAME]` table with `acp`; raises HarnessError that names the key."""
    where = f"[harness.{name}]"
    known = ("acp", "model", "home", "env", "modes", "own")
    for key in sorted(table.keys() - set(known)):
        raise HarnessError(
            f"{where} {key}: unknown key; beside acp there are {', '.join(known[1:])}"
        )
    home = table.get("home", "")
    if not isinstance(home, str):
        raise HarnessError(f"{where} home: expected the name of a variable, not {home!r}")
    return Acp(
        name,
        words(where, "acp", table.get("acp")),
        words(where, "model", table["model"]) if "model" in table else (),
        home,
        environment(where, table.get("env", {})),
        words(where, "modes", table["modes"]) if "modes" in table else ASKING,
        own=words(where, "own", table["own"]) if "own" in table else (),
    )
