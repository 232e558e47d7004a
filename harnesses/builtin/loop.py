"""The loop: prompt, reply, command, result, until the model has nothing more to run."""

from __future__ import annotations

import threading
from pathlib import Path

from harnesses.builtin.happenings import Output, Over, Ran, Running, Spent, Tell
from harnesses.builtin.history import History
from harnesses.builtin.models import (
    Halt,
    HaltKind,
    Interrupted,
    LimitReached,
    Model,
    ModelFailed,
    Prompt,
    Reply,
)
from harnesses.builtin.record import Record, RecordError
from harnesses.builtin.request import Listener, Request
from harnesses.builtin.shell_tool import interrupted, run_command
from harnesses.builtin.specs import ModelSpec


class Loop:
    """One conversation: plays a prompt to the end of its turn, and records every step."""

    def __init__(
        self,
        name: str,
        *,
        spec: ModelSpec,
        model: Model,
        worktree: Path,
        record: Record,
        history: History,
    ) -> None:
        self.name = name
        self.history = history
        self._spec = spec
        self._model = model
        self._worktree = worktree
        self._record = record
        self.leaving = False  # a turn cut off now was cut off by the end, not by the person

    def ready(self) -> None:
        """Record that prompts can come, and what a resumed conversation still waits for."""
        history = self.history
        waits: dict[str, object] = {}
        if history.ask:
            waits = {"ask": history.ask[0], "text": history.ask[1]}
        elif history.limited:
            waits = {"until": history.limited[0], "text": history.limited[1]}
        self._record.write("ready", **waits)

    def leave(self) -> None:
        """Record that the agent ends because it was told to."""
        self._record.write("left")

    def arrive(self, text: str) -> None:
        """Record that a prompt has come; it is played when its turn comes."""
        number = self.history.arrivals + 1
        self._record.write("arrival", number=number, text=text)
        self.history.arrivals = number
        self.history.queued[number] = text

    def play(self, tell: Tell, stop: threading.Event) -> None:
        """Play the prompt that came first; whatever stops its turn is recorded and told."""
        history = self.history
        try:
            number = min(history.queued)
            asked = {"ask": history.ask[0]} if history.ask else {}
            self._record.write("answer" if asked else "prompt", number=number, **asked)
            history.ask = history.limited = None
            history.messages.append(Prompt(history.queued.pop(number)))
            over = self._turn(tell, stop)
        except RecordError as error:
            over = Over(HaltKind.FAILURE, str(error))
        tell(over)

    def _turn(self, tell: Tell, stop: threading.Event) -> Over:
        try:
            return self._steps(tell, stop)
        except Interrupted:
            self._record.write("end", how="left" if self.leaving else "interrupted", last="")
            over = Over(HaltKind.INTERRUPT, "interrupted")
            self.history.messages.append(Halt(HaltKind.INTERRUPT))
        except LimitReached as limit:
            self._record.write("limit", until=limit.until, text=limit.text)
            self.history.limited = (limit.until, limit.text)
            over = Over(HaltKind.LIMIT, limit.text)
            self.history.messages.append(Halt(HaltKind.LIMIT, limit.text, limit.until))
        except ModelFailed as failure:
            over = self._fail(HaltKind.FAILURE, str(failure))
        return over

    def _steps(self, tell: Tell, stop: threading.Event) -> Over:
        for step in range(self._spec.steps + 1):
            if self._spec.cost is not None and self.history.cost >= self._spec.cost:
                return self._fail(
                    HaltKind.CAP,
                    f"the cost limit of ${self._spec.cost:g} is reached "
                    f"(${self.history.cost:.2f} spent); raise cost= in the model to go on",
                )
            if step == self._spec.steps:
                break
            reply = self._ask(tell, stop)
            if reply.command is None:
                return self._finish(reply)
            tell(Running(reply.command))
            result = run_command(
                reply.command,
                self._worktree,
                reply.call,
                stop=stop,
                hear=lambda tail: tell(Output(tail)),
            )
            self._record.write(
                "result",
                call=result.call,
                exit=result.exit,
                seconds=round(result.seconds, 3),
                note=result.note,
                output=result.output,
            )
            self.history.messages.append(result)
            tell(Ran(result))
            if interrupted(result):
                raise Interrupted
        return self._fail(
            HaltKind.CAP,
            f"the step limit of {self._spec.steps} commands in one turn is reached; "
            "prompt again to go on",
        )

    def _ask(self, tell: Tell, stop: threading.Event) -> Reply:
        """Get one reply, and record what it cost and what it says."""
        ear = Listener(tell)
        request = Request(self._model, tuple(self.history.messages), ear)
        request.start()
        while not request.done.wait(0.05):
            if stop.is_set():
                ear.stop()
                raise Interrupted
        outcome = request.outcome
        if outcome is None:
            raise RuntimeError("the request ended without an outcome; its traceback is above")
        if isinstance(outcome, Exception):
            raise outcome
        self._spend(outcome, tell)
        self._record.write("reply", text=outcome.text, command=outcome.command, call=outcome.call)
        self.history.messages.append(outcome)
        return outcome

    def _spend(self, reply: Reply, tell: Tell) -> None:
        usage = reply.usage
        if usage is None:
            return
        history, price = self.history, self._spec.price
        cost = price.of(usage.input, usage.cached, usage.output) if price else None
        history.requests += 1
        history.cost += cost or 0.0
        self._record.write(
            "usage",
            # Some compatible servers give ids that repeat; ours around them makes them unique.
            id=f"{self.name}/{history.requests}/{usage.id}",
            model=usage.model,
            input=usage.input,
            cached=usage.cached,
            output=usage.output,
            cost=cost,
            **({"room": usage.room} if usage.room else {}),
            **({"written": usage.written} if usage.written else {}),
        )
        tell(Spent(usage.input, usage.cached, usage.output, cost))

    def _finish(self, reply: Reply) -> Over:
        if reply.question is None:
            self._record.write("end", how="done", last=reply.text)
            return Over()
        ask = f"{self.name}/{len(self.history.messages)}"
        self._record.write("question", ask=ask, text=reply.question)
        self.history.ask = (ask, reply.question)
        return Over(question=True)

    def _fail(self, kind: HaltKind, why: str) -> Over:
        self._record.write("failure", why=why, cap=kind is HaltKind.CAP)
        self.history.messages.append(Halt(kind, why))
        return Over(kind, why)
