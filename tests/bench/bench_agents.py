"""What we add to a real agent: to its start, to the way from a state to its fact, to each hook.

The baseline of the start is the same program in tmux in a worktree of the same repository, with the
words on its command line where it takes them, else pasted as soon as its composer shows. It ends in
both cases when the model server has got the words. Claude Code and Codex, where they are installed.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from conductor import acts
from conductor import events as e
from conductor.state import SessionState
from conductor.terminals.server import Tmux
from harnesses import HarnessError, Order, hooks
from harnesses.registry import registry
from tests.conformance.vendors import VENDORS, Vendor
from tests.model_server.serve import ModelServer
from tests.runner.house import House

SHARE, LATE, HOOK = 0.3, 0.250, 0.010  # the targets, in seconds
ROUNDS, CHANGES, HOOKS = 5, 120, 100
PATIENCE = 60.0
COMPOSER = "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}"
NUMBERS = itertools.count(1)
_BARE = ["/bin/sh", "-c", ":"]


def main() -> bool:
    """Measure and print; say whether the targets are reached."""
    reached = _hook()
    for vendor in VENDORS.values():
        if vendor.program is None:
            print(f"  {vendor.missing}")
            continue
        with _place(vendor) as place:
            reached &= place.starts()
            if vendor.name == "claude":
                reached &= place.changes()
    return reached


class _Place:
    """A house in which a vendor's agents live, and a terminal beside it for a person's own."""

    def __init__(self, vendor: Vendor, house: House, server: ModelServer) -> None:
        self.vendor, self.house, self.server = vendor, house, server
        self.home = house.folder / "account"
        self.home.mkdir()
        assert vendor.program is not None
        path = f"{vendor.program.parent}:{os.environ['PATH']}"
        self.env = {"PATH": path, **vendor.sign_in(self.home, server.address)}
        lines = [f"{key} = {json.dumps(value)}" for key, value in self.env.items()]
        Path(house.places.config_file).write_text(
            f'[[subscription]]\nname = "plan"\nharness = "{vendor.name}"\nslots = 64\n'
            f"home = {json.dumps(str(self.home))}\n[subscription.env]\n" + "\n".join(lines) + "\n"
        )
        house.wishes(review_limit=100)  # nobody looks at what they made
        acts.trust(house.journal, str(house.repo))

    def heard(self, words: str) -> Callable[[], bool]:
        return lambda: any(words in str(seen.body) for seen in self.server.seen)

    def ours(self) -> float:
        """Queue a task; return how long it takes until its words are at the model server."""
        words = f"Number {next(NUMBERS)} of ours"
        began = time.monotonic()
        self.house.task(words)
        _wait(self.heard(words))
        return time.monotonic() - began

    def by_hand(self) -> float:
        """Do the same by hand, in a worktree that is there already."""
        words = f"Number {next(NUMBERS)} by hand"
        tree = self.house.folder / f"hand{next(NUMBERS)}"
        self.house.git("worktree", "add", "-q", "--detach", str(tree))
        tmux = Tmux(self.house.folder / "hand.sock")
        env = {**os.environ, **self.env, "TERM": "tmux-256color", "DISABLE_AUTOUPDATER": "1"}
        env[{"claude": "CLAUDE_CONFIG_DIR", "codex": "CODEX_HOME"}[self.vendor.name]] = str(
            self.home
        )
        trusted = f'projects={{"{self.house.repo}" = {{trust_level = "trusted"}}}}'
        argv = ["claude", "--permission-mode", "default"]
        if self.vendor.name == "codex":
            argv = ["codex", "--no-daemon", "-c", "check_for_update_on_startup=false"]
            argv += ["-c", trusted, "--", words]
        began = time.monotonic()
        tmux.start("hand", argv, cwd=tree, env=env, size=(200, 50))
        if self.vendor.name == "claude":
            _wait(lambda: COMPOSER in tmux.capture("hand", ansi=False))
            tmux.paste("hand", words.encode())
            self._press_until_heard(tmux, words)
        _wait(self.heard(words))
        took = time.monotonic() - began
        tmux.kill("hand")
        return took

    def _press_until_heard(self, tmux: Tmux, words: str) -> None:
        """Press Enter as soon as the words show, and again while the program passes over it."""
        _wait(lambda: words in tmux.capture("hand", ansi=False))
        while not self.heard(words)():
            tmux.keys("hand", "Enter")
            until = time.monotonic() + 0.3
            while time.monotonic() < until and not self.heard(words)():
                time.sleep(0.01)

    def starts(self) -> bool:
        """Compare both, turn by turn; the first of each is not counted."""
        pairs = [(self.ours(), self.by_hand()) for _ in range(ROUNDS + 1)][1:]
        ours, hand = (statistics.median(each) for each in zip(*pairs, strict=True))
        share = statistics.median(one - other for one, other in pairs)
        print(
            f"  {self.vendor.name}: task to words at the model {ours:.2f} s, by hand {hand:.2f} s;"
            f" our share {share:.2f} s (target {SHARE} s): {_word(share <= SHARE)}"
        )
        return share <= SHARE

    def changes(self) -> bool:
        """Have a live session's hook tell of turns; return how late each is a fact."""
        session = self.house.of("t1")
        self.house.until(lambda state: state.sessions[session.id].state is SessionState.IDLE)
        script = Path(self.house.places.sessions) / session.id / hooks.NAME
        told, words = [], itertools.count()
        for number in range(CHANGES):
            begins = number % 2 == 0
            line = {"hook_event_name": "UserPromptSubmit", "prompt": f"again {next(words)}"}
            if not begins:
                line = {"hook_event_name": "Stop", "last_assistant_message": "done"}
            subprocess.run(
                ["/bin/sh", str(script), "note"], input=json.dumps(line).encode(), check=True
            )
            at = time.time()
            kind = e.SessionBusy if begins else e.SessionIdle
            told.append(max(0.0, self._fact_after(session.id, kind, at - 5) - at))
        told.sort()
        late = told[int(len(told) * 0.95)]
        print(
            f"  hook's line to fact: p50 {told[len(told) // 2] * 1e3:.0f} ms, p95 {late * 1e3:.0f}"
            f" ms of {len(told)} (target {LATE * 1e3:.0f} ms): {_word(late <= LATE)}"
        )
        return late <= LATE

    def _fact_after(self, session: str, kind: type[e.Fact], since: float) -> float:
        seen = self.house.state.sessions[session]
        wanted = SessionState.BUSY if kind is e.SessionBusy else SessionState.IDLE
        if seen.state is not wanted:
            self.house.until(lambda state: state.sessions[session].state is wanted)
        records = self.house.journal.about(session, (kind,))
        return [one.at for one in records if one.at > since][-1]


def _hook() -> bool:
    """Time a hook against a bare shell, each started in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        order = Order("s1", folder, folder, folder / "inbox.jsonl", folder / "home")
        try:
            launch = registry({})["claude"].launch(order)
        except HarnessError as error:
            raise AssertionError(error) from error
        script = folder / hooks.NAME
        script.write_text(launch.seeds[script])
        line = json.dumps({"hook_event_name": "Stop", "cwd": "/" * 1500}).encode()
        ours, alone = (_costs(argv, line) for argv in (["/bin/sh", str(script), "turn"], _BARE))
    print(
        f"  a hook: {ours[0] * 1e3:.1f} ms of processor time ({ours[1] * 1e3:.1f} ms by the clock),"
        f" a bare shell {alone[0] * 1e3:.1f} ms ({alone[1] * 1e3:.1f} ms)"
        f" (target {HOOK * 1e3:.0f} ms): {_word(ours[0] <= HOOK)}"
    )
    return ours[0] <= HOOK


def _costs(argv: list[str], line: bytes) -> tuple[float, float]:
    """Run something often; return its processor time and its time by the clock, each a median."""
    busy, clock = [], []
    for _ in range(HOOKS):
        before, began = _spent(), time.perf_counter()
        subprocess.run(argv, input=line, check=True)
        clock.append(time.perf_counter() - began)
        busy.append(_spent() - before)
    return statistics.median(busy), statistics.median(clock)


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _place(vendor: Vendor) -> Iterator[_Place]:
    house = House()
    with ModelServer() as server:
        try:
            place = _Place(vendor, house, server)
            house.start()
            house.until(lambda state: state.runner)
            yield place
        finally:
            Tmux(house.folder / "hand.sock").stop_server()
            house.close()


def _wait(come: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not come():
        if time.monotonic() > until:
            raise TimeoutError("it did not come true in time")
        time.sleep(0.01)


def _word(reached: bool) -> str:
    return "reached" if reached else "MISSED"


if __name__ == "__main__":
    sys.exit(not main())
