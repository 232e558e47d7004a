"""One pane whose screen is kept up to date: seeded, then fed with what its program writes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from conductor.terminals import keyboard, pointing
from conductor.terminals.captured import Captured
from conductor.terminals.ghostty import Emulated
from conductor.terminals.modes import ASKING, UNTOLD
from conductor.terminals.protocol import Lines, guarded, quote
from conductor.terminals.seed import Seed, paint, read_seed, seed_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conductor.terminals.control import Control
    from conductor.terminals.errors import TerminalError
    from conductor.terminals.live import Live
    from conductor.terminals.pointing import Pointing

_CAPTURE_EVERY = 0.05  # seconds between captures of one changing pane, without libghostty
_FLOOD = 256 * 1024  # bytes from one pane within `_BREATH`, of which nobody can read anything
_BREATH = 0.1  # seconds
_ARROWS = {pointing.WHEEL_UP: "Up", pointing.WHEEL_DOWN: "Down"}
_STEP = 3  # lines a notch of the wheel moves in a pager that does not know the mouse


class Followed:
    """A session's pane and its screen; what the screen showed last stays when the pane is gone."""

    def __init__(self, live: Live, *, emulate: bool, changed: Callable[[str], None]) -> None:
        self.name = live.session
        self.pane = ""  # empty while there is none
        self.window = ""
        self.pid = 0
        self.screen: Emulated | Captured = (Emulated if emulate else Captured)(live.size)
        self._control: Control | None = None
        self._changed = changed
        self._seeding = False  # output is dropped until the seed, which holds it, has come
        self._again = False  # the seed on its way is out of date already
        self._since = 0.0  # when `_written` began to be counted
        self._written = 0
        self._untold = ""  # what its program asked for, as it was last kept beside the pane

    def link(self, control: Control, live: Live) -> None:
        """Follow the session's pane from now on."""
        self._control = control
        self.pane, self.window, self.pid = live.pane, live.window, live.pid
        control.tell(f"link-window -d -s {live.window} -t '={control.session}:'")
        self._seeding = False
        self.seed()

    def unlink(self) -> None:
        """Let go of the pane."""
        if self._control is not None:
            # -k: if its own session is gone, we alone would keep a dead session's window open.
            self._control.tell(f"unlink-window -k -t '={self._control.session}:{self.window}'")
        self.lose()

    def lose(self) -> None:
        """Know that the pane is gone, or the connection to it."""
        self.pane, self._control = "", None

    def read(self, data: bytes, now: float) -> None:
        """Read what the program wrote."""
        if isinstance(self.screen, Captured):
            self.seed()
        elif not self._seeding:
            self._count(len(data), now)
            self.screen.feed(data)
            if any(mark in data for mark in ASKING):
                self._keep()
            self._changed(self.name)

    def send(self, data: bytes) -> None:
        """Type these bytes."""
        for start in range(0, len(data), 1024):
            self._tell(f"send-keys -H -t {self.pane} {data[start : start + 1024].hex(' ')}")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names for them, encoded as the program has asked its terminal."""
        for key in keys:
            data = keyboard.encode(key, self.screen.modes())
            if data is None:
                self._tell(f"send-keys -t {self.pane} -- {quote(key)}")
            elif data:
                self.send(data)

    def point(self, at: Pointing) -> bool:
        """Tell the program what the mouse does over it; False if it is not interested."""
        modes = self.screen.modes()
        if data := pointing.encode(at, modes):
            self.send(data)
        elif modes.alternate and not modes.mouse and at.button in _ARROWS:
            self.press(*[_ARROWS[at.button]] * _STEP)  # as terminals do for pagers
        else:
            return modes.mouse > 0
        return True

    def _tell(self, command: str) -> None:
        if self._control is not None:
            self._control.tell(command)

    def paused(self) -> None:
        """Go on where tmux has stopped telling, unless it was asked to."""
        if self._written < _FLOOD:
            self._go_on(self.pane)

    def seed(self, *, restart: bool = False) -> None:
        """Ask for the pane as it is, in order with its output: nothing is lost or doubled."""
        if self._seeding and not restart:
            self._again = True
            return
        self._seeding = True
        self._again = False
        pane = self.pane
        if self._control is None:
            return

        def done(answers: Sequence[Lines]) -> None:
            if self.pane == pane:
                self._seeded(read_seed(answers))

        def failed(_: TerminalError) -> None:
            self._seeding = False  # the pane is gone; the next look at the sessions says so

        self._control.send(guarded(seed_commands(pane), done, failed))

    def _count(self, size: int, now: float) -> None:
        """Spare tmux and us a flood: ten pictures of it a second say as much, and cost little."""
        if now - self._since > _BREATH:
            self._since, self._written = now, 0
        before, self._written = self._written, self._written + size
        if before < _FLOOD <= self._written:
            self._tell(f"refresh-client -A '{self.pane}:pause'")
            asyncio.get_running_loop().call_later(_BREATH, self._go_on, self.pane)

    def _go_on(self, pane: str) -> None:
        """Have a paused pane told again, from what it shows now."""
        self._written = 0
        if self.pane == pane and self._control is not None:
            self._control.tell(f"refresh-client -A '{pane}:continue'")
            self.seed(restart=True)

    def _keep(self) -> None:
        """Keep beside the pane what its program asked for and tmux does not tell anybody."""
        untold = self.screen.modes().untold
        if untold != self._untold:
            self._untold = untold
            self._tell(f"set-option -p -t {self.pane} {UNTOLD} '{untold}'")

    def _seeded(self, seed: Seed) -> None:
        self._seeding = False
        if isinstance(self.screen, Captured):
            self.screen.show(seed)
            if self._again:
                # In its own time, or a flooding pane would be captured without a pause.
                self._seeding = True
                asyncio.get_running_loop().call_later(_CAPTURE_EVERY, self._recapture)
        else:
            self.screen.reset()
            self.screen.resize(seed.width, seed.height)
            self.screen.feed(paint(seed))
            self._untold = seed.untold.decode()
            if self._again:
                self.seed()
        self._changed(self.name)

    def _recapture(self) -> None:
        self._seeding = False
        if self.pane:
            self.seed()
