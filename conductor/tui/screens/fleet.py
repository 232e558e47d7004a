"""Fleet: every agent at work, as it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType

from conductor.state import SessionState
from conductor.tui import faces, welcome
from conductor.tui.screens.arranging import ARRANGING, LETTERS, Arranging
from conductor.tui.widgets.prose import Prose
from conductor.tui.widgets.wall import Wall

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from conductor.state import Session
    from conductor.tui.widgets.face import Face

OF_AN_AGENT = frozenset(
    {"step_in", "say", "attach", "shell", "tools", "history", "zoom", "diff", "stop", "fork"}
)


OF_A_TERMINAL = frozenset({"step_in", "attach", "history", "zoom", "stop"})
"""What can be done with a person's own program beside an agent, too."""


class Fleet(Arranging):
    """The wall of agents."""

    NAME = "fleet"
    HELP_TEXT = (
        "Every agent at work is a tile. Its shape and colour say how it stands: ● working, "
        "▲ waits for you, ○ idle, ◔ limited, ◆ waits for your review, ⇣ landing.\n"
        "Arrows, a click or its number choose a tile. Inside a tile, everything you type goes to "
        "the agent; F12 (or ctrl-]) leads out again, as it does from an attached terminal."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "step_in", "Step in", id="fleet.step_in",
                tooltip="Type to the agent in its own terminal; F12 leaves"),
        Binding("m", "say", "Message", id="fleet.say", tooltip="Send the agent a message"),
        Binding("a", "attach", "Attach", id="fleet.attach",
                tooltip="Take over the agent's terminal, full screen, by tmux"),
        Binding("s", "shell", "Shell", id="fleet.shell",
                tooltip="Open a shell in the agent's worktree, as a tile beside its own"),
        Binding("t", "tools", "Tools", id="fleet.tools",
                tooltip="Open an editor, the diff, or the repository's own, beside it"),
        Binding("z", "zoom", "Zoom", id="fleet.zoom", tooltip="One agent on the whole wall"),
        Binding("d", "diff", "Review", id="fleet.diff", tooltip="Read what it changed"),
        Binding("w", "next_waiting", "Next waiting", id="fleet.next_waiting",
                tooltip="Go to the next agent that waits for you"),
        Binding("v", "history", "History", id="fleet.history",
                tooltip="Read, search and copy what the agent's terminal has shown"),
        Binding("F", "fork", "Fork", id="fleet.fork", show=False,
                tooltip="Have a second agent go on from its conversation and files"),
        Binding("X", "stop", "Stop", id="fleet.stop", show=False,
                tooltip="Stop the agent, its work kept, or close a program beside it; asks first"),
        *ARRANGING,
        *[Binding(str(n), f"number({n})", f"Tile {n}", show=False, id=f"fleet.tile{n}")
          for n in range(1, 10)],
    ]  # fmt: skip

    told = ""  # what is left out
    wanted: ClassVar[str | None] = None  # the task another room sends the person to

    def body(self) -> Iterable[Widget]:
        """Return the wall, and what an empty home shows in its place."""
        self.wall = Wall()
        self.welcome = Prose(id="welcome", can_focus=False)
        self.wall.display = bool(self.world.fleet(finished=self.view.finished))
        self.welcome.display = not self.wall.display
        return self.wall, self.welcome

    def show(self) -> None:
        """Show the fleet as it is now."""
        there = self.world.fleet(finished=self.view.finished)
        tasks = self.view.arrange(self.world.state, there)
        self.told = self.view.told(len(tasks), len(there))
        self.on_wall_scrolled()
        shown = faces.wall(self.world, tasks, letters=LETTERS if self.jumping else "")
        if bool(shown) != self.wall.display:
            self.wall.display = bool(shown)
            self.welcome.display = not shown
        self.wall.show(shown, self.world.screens, dense=self.view.dense)
        if shown and self.wanted:
            self.wall.choose(self.wanted)
            type(self).wanted = None
        if not shown:
            self.welcome.show(welcome.nothing(len(there)) if there else welcome.words(self.world))

    # Which one is meant.

    @property
    def session(self) -> Session | None:
        """The session of the chosen tile."""
        task = self.chosen
        return self.world.session_of(task) if task else None

    @property
    def program(self) -> str | None:
        """The terminal of the chosen tile, if it is a person's own program beside an agent."""
        face = self.wall.face
        return face.session if face and face.owner else None

    def why_not(self, action: str) -> str | None:
        """Say why an action makes no sense for the chosen tile."""
        if action in OF_AN_AGENT and not (action in OF_A_TERMINAL and self.program):
            session = self.session
            if session is None:
                return "no agent is chosen"
            if action in OF_A_TERMINAL and action != "zoom" and not session.live:
                return f"{session.id} has ended"
            if action in ("shell", "tools") and (session.gone or session.worktree is None):
                return "its worktree is not there"
            if action == "diff" and session.commit is None:
                return "it has changed nothing yet"
            if action == "fork" and session.vendor_session is None:
                return "it has no conversation yet"
        if action in ("hide", "pin", "shift", "grow") and self.wall.chosen is None:
            return "no agent is chosen"
        if action == "filter" and not (self.wall.faces or self.view.words):
            return "there is no agent"
        if action == "all" and not (self.view.words or self.view.hidden or self.wall.zoomed):
            return "all are shown"
        if action == "next_waiting" and not self._waiting():
            return "nobody waits for you"
        return None

    def _waiting(self) -> list[str]:
        live = self.world.state.live.values()
        waiting = {s.task for s in live if s.state is SessionState.WAITING}
        return [face.task for face in self.wall.faces if face.task in waiting]

    # Acts.

    def on_wall_chosen(self) -> None:
        """Offer what the chosen tile allows; inside a tile, only the way out."""
        face = self.wall.face if self.wall.inside else None
        self.key_line.say(f"You type to {_whom(face)}.  F12 leaves  (ctrl-] too)" if face else None)
        self.refresh_bindings()

    def on_wall_scrolled(self) -> None:
        """Say beside the keys what cannot be seen: what is left out, and what lies further on."""
        above, below = self.wall.out_of_sight
        parts = [self.told, f"▲ {above}" if above else "", f"▼ {below} more" if below else ""]
        self.key_line.note(" · ".join(part for part in parts if part))

    def on_wall_opened(self) -> None:
        """Step in where the person clicked twice."""
        self.action_step_in()

    def on_wall_past(self) -> None:
        """Show what went by where the person turned the wheel back."""
        if len(self.app.screen_stack) == 1:
            self.action_history()

    def on_wall_failed(self, message: Wall.Failed) -> None:
        """Say that typing did not arrive."""
        self.app.notify(message.why, severity="warning", markup=False)

    def action_step_in(self) -> None:
        """Type to the chosen agent."""
        face, screens = self.wall.face, self.world.screens
        if face is None or screens is None or screens.screen(face.session) is None:
            self.app.notify(
                "Its terminal is not there yet: try again in a moment.", severity="warning"
            )
            return
        self.wall.enter()

    def action_say(self) -> None:
        """Send the chosen agent a message."""
        if session := self.session:
            from conductor.tui.dialogs import say

            say(self, session)

    def action_fork(self) -> None:
        """Have a second agent go on from where the chosen one stands."""
        if session := self.session:
            from conductor.tui.dialogs import fork

            fork(self, session)

    def action_attach(self) -> None:
        """Take over the chosen agent's terminal."""
        if (face := self.wall.face) and self.world.screens is not None:
            from conductor.tui.attach import attach

            attach(self, face.session)

    def action_shell(self) -> None:
        """Open a shell in the chosen agent's worktree, and go there."""
        if (task := self.chosen) and (session := self.session):
            from conductor.tools import SHELL
            from conductor.tui.tools import open_tool

            open_tool(self, task, session, SHELL)

    def action_tools(self) -> None:
        """Offer what can be opened beside the chosen agent."""
        if (task := self.chosen) and (session := self.session):
            from conductor.tui.tools import ask

            ask(self, task, session)

    def on_key(self, event: events.Key) -> None:
        """Open the repository's own tool whose key it is, where no action has that key.

        In its turn: a dialog may be about to open by the key before, which this one is for, then.
        """
        if event.key not in self.active_bindings and not self.wall.inside:
            self.app.call_later(self._open_tool, event.key, event.character)

    def _open_tool(self, *keys: str | None) -> None:
        task, session = self.chosen, self.session
        if task is None or session is None or self.why_not("tools") or not self.is_current:
            return
        from conductor.tui.tools import open_by_key

        open_by_key(self, task, session, keys)

    def action_zoom(self) -> None:
        """Give the chosen agent the whole wall, or take it back."""
        self.wall.zoom(on=not self.wall.zoomed)

    def action_history(self) -> None:
        """Read what the chosen agent's terminal has shown."""
        from conductor.tui.screens.history import History

        face, screens = self.wall.face, self.world.screens
        if face is not None and screens is not None:
            self.app.push_screen(History(screens, face.session, face.title))

    def action_diff(self) -> None:
        """Read the chosen agent's change."""
        if task := self.chosen:
            from conductor.tui.screens.review import Review

            Review.wanted = task.id
            self.app.run_worker(self.app.run_action("room('review')"))

    def action_next_waiting(self) -> None:
        """Choose the next agent that waits for the person."""
        names = self._waiting()
        if names:
            at = names.index(self.wall.chosen) + 1 if self.wall.chosen in names else 0
            self.wall.choose(names[at % len(names)])

    def action_number(self, number: int) -> None:
        """Choose a tile by its number."""
        numbered = {face.key: face.task for face in self.wall.faces}
        if task := numbered.get(str(number)):
            self.wall.choose(task)
        else:
            self.app.notify(f"No tile has the number {number}.", timeout=3)

    def action_stop(self) -> None:
        """Stop the chosen agent, or close the person's own program, once they have said so."""
        if face := self.wall.face:
            from conductor.tui.dialogs import stop

            stop(self, face, self.session)


def _whom(face: Face) -> str:
    return f"the {face.title} beside {face.owner}" if face.owner else f"the agent of {face.task}"
