"""Inbox: what needs the person, most urgent first, each with the key that settles it."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from conductor import acts, alerts
from conductor.config import names_commands
from conductor.inbox import Item, Need, choosing, inbox
from conductor.tui.screens.room import Room
from conductor.tui.widgets.listing import Line, Listing
from conductor.tui.widgets.prose import Prose, text
from conductor.tui.wording import age, folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from conductor.state import Session

_KINDS: dict[Need, tuple[str, str, str, str]] = {
    # need: shape, class, words, what enter does
    Need.PERMISSION: ("▲", "waiting", "asks for a permission", "y allow · x deny"),
    Need.QUESTION: ("▲", "waiting", "asks", "⏎ answer"),
    Need.CHOICE: ("◔", "limited", "used up: wait or move", "v move · w wait"),
    Need.CUT_OFF: ("↯", "failed", "", "⏎ go on with all"),
    Need.TROUBLE: ("✖", "failed", "trouble", ""),
    Need.UNDELIVERED: ("✖", "failed", "not delivered", "⏎ write again"),
    Need.FAILED: ("✖", "failed", "failed", "t try again"),
    Need.PARKED: ("⇣", "landing", "landing waits", "⏎ look"),
    Need.REVIEW: ("◆", "review", "review", "⏎ read"),
    Need.TRUST: ("⊘", "blocked", "waits for your trust", "y trust it"),
    Need.BLOCKED: ("⊘", "blocked", "cannot start", "⏎ queue"),
    Need.STALLED: ("↻", "stalled", "works oddly", "⏎ see it"),
    Need.ALLOWANCE: ("▮", "blocked", "nearly used up", "⏎ meters"),
    Need.LIMITED: ("◔", "limited", "limited", "⏎ see it"),
}

UNSEEN = 0.4
"""Seconds in which nobody has read an item that came under their hand by itself."""


class Inbox(Room):
    """All that waits for the person."""

    NAME = "inbox"
    HELP_TEXT = (
        "Everything that waits for you, the most urgent kind first, then the longest waiting. "
        "Enter settles the chosen one in the way its line says. … stands for the agent's worktree."
    )
    CSS_PATH = "inbox.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "settle", "Settle", id="inbox.settle", tooltip="Do what the line says"),
        Binding(
            "y", "allow", "Allow", id="inbox.allow", tooltip="Grant the permission it asks for"
        ),
        Binding("x", "deny", "Deny", id="inbox.deny", tooltip="Refuse the permission it asks for"),
        Binding(
            "v", "move", "Move", id="inbox.move", tooltip="Go on at once on another subscription"
        ),
        Binding("w", "wait", "Wait", id="inbox.wait", tooltip="Wait for the reset"),
        Binding("m", "say", "Message", id="inbox.say", tooltip="Send its agent a message"),
        Binding("t", "retry", "Try again", id="inbox.retry", tooltip="Queue the task anew"),
        Binding(
            "a", "attach", "Attach", id="inbox.attach", tooltip="Take over the agent's terminal"
        ),
    ]

    def body(self) -> Iterable[Widget]:
        """Return the list and the chosen one's words."""
        self._items: dict[str, Item] = {}
        self._slid = 0.0  # when another item came under the person's hand by itself
        self.list = Listing(empty="Nothing needs you. ✓", id="needs")
        self.detail = Prose(id="need")
        return self.list, self.detail

    def show(self) -> None:
        """Show what waits now."""
        self._items = {self._key(item): item for item in self._waiting()}
        before = self.list.chosen
        self.list.show([line for key in self._items for line in self._lines(key)])
        if before not in (None, self.list.chosen):
            self._slid = math.inf  # a busy machine may take its time to draw it
            self.call_after_refresh(self._drawn)
        self._detail()

    def enter(self) -> None:
        """Begin with the most urgent, which may not have been there before."""
        self.list.choose(next(iter(self.list.keys), None))

    def _drawn(self) -> None:
        self._slid = time.monotonic()

    def _key(self, item: Item) -> str:
        """Tell one question of an agent from its next, so that no key answers what was not seen."""
        return f"{item.need} {item.subject} {item.ask}"

    def _waiting(self) -> list[Item]:
        """List what needs the person, then what they want to be told of."""
        world = self.world
        return [*inbox(world.state), *alerts.items(world.state, world.alerts, world.now)]

    def _lines(self, key: str) -> list[Line]:
        item = self._items[key]
        glyph, ink, words, settles = _KINDS[item.need]
        first = Line(
            key,
            ((f" {glyph} ", ink), (f"{item.task or '':<5}", "dim"), (item.title, "strong"),
             (f"  {words}", ink)),
            ((f"{settles}  ", "key"), (f"{age(self.world.now - item.since):>5} ", "dim")),
        )  # fmt: skip
        said = " ".join(item.text.split())
        return [first, Line(key, (("        ", "plain"), (said, "dim")))] if said else [first]

    def _detail(self) -> None:
        item = self.chosen
        if item is None:
            self.detail.show([])
            return
        _, ink, words, settles = _KINDS[item.need]
        task = self.world.state.tasks.get(item.task or "")
        place = f" · {folder(task.repo)}" if task else ""
        self.detail.show(
            [
                [(item.title, "strong"), (f"  {words}", ink)],
                [
                    (f"{item.task or ''} {item.session or ''}{place}", "dim"),
                    (f"   {settles}", "key"),
                ],
                [],
                *text(item.text),
            ],
            keep=True,
        )

    @property
    def chosen(self) -> Item | None:
        """The chosen item."""
        return self._items.get(self.list.chosen or "")

    @property
    def session(self) -> Session | None:
        """The session the chosen item is about."""
        item = self.chosen
        return self.world.state.sessions.get(item.session or "") if item else None

    def on_listing_chosen(self) -> None:
        """Tell about the item that is chosen now."""
        self.detail.top = 0
        self._detail()
        self.refresh_bindings()

    def on_listing_opened(self) -> None:
        """Settle what was clicked twice."""
        self.action_settle()

    def why_not(self, action: str) -> str | None:
        """Say why an action makes no sense for the chosen item."""
        if action not in ("settle", "allow", "deny", "say", "retry", "attach", "move", "wait"):
            return None
        item = self.chosen
        if item is None:
            return "nothing is chosen"
        if action == "allow" and item.need is Need.TRUST:
            return None
        if action in ("allow", "deny") and item.need is not Need.PERMISSION:
            return "it asks for no permission"
        if action in ("move", "wait") and item.need is not Need.CHOICE:
            return "there is nothing to choose between"
        if action == "retry" and item.need is not Need.FAILED:
            return "it has not failed"
        session = self.session
        if action in ("say", "attach") and (session is None or not session.live):
            return "it has no agent at work"
        return None

    # Acts.

    def action_settle(self) -> None:
        """Do what the chosen item's line says."""
        item, session = self.chosen, self.session
        if item is None:
            return
        match item.need:
            case Need.QUESTION if session:
                from conductor.tui.dialogs import answer

                answer(self, session, item.ask)
            case Need.CUT_OFF:
                self.act(
                    lambda: acts.resume_all(self.world.journal),
                    "Each is started again on its own conversation.",
                )
            case Need.UNDELIVERED if session:
                self.action_say()
            case Need.REVIEW | Need.PARKED:
                from conductor.tui.screens.review import Review

                Review.wanted = item.task
                self._go("review")
            case Need.FAILED:
                self.action_retry()
            case Need.LIMITED | Need.STALLED:
                from conductor.tui.screens.fleet import Fleet

                Fleet.wanted = item.task
                self._go("fleet")
            case Need.ALLOWANCE:
                self._go("meters")
            case Need.BLOCKED:
                self._go("queue")
            case _:
                keys = _KINDS[item.need][3]
                self.app.notify(keys or "Read what is wrong below; it clears itself once it works.")

    def _go(self, room: str) -> None:
        self.app.run_worker(self.app.run_action(f"room('{room}')"))

    def action_allow(self) -> None:
        """Grant the permission, or say that a repository is trusted."""
        item = self.chosen
        if item and item.need is Need.TRUST:
            name = item.subject
            commands = names_commands(name)
            self.act(
                lambda: acts.trust(self.world.journal, name, commands=commands),
                f"{name} is trusted.",
            )
        else:
            self._permit("allow")

    def action_deny(self) -> None:
        """Refuse the permission."""
        self._permit("deny")

    def _permit(self, word: str) -> None:
        if time.monotonic() - self._slid < UNSEEN:
            self.app.notify("That is the next one already: read it, then press again.")
        elif (session := self.session) and (item := self.chosen):
            self.act(
                lambda: acts.answer(self.world.journal, session.id, word, item.ask),
                f"{session.id}: {word}, on its way.",
            )

    def action_move(self) -> None:
        """Let what is limited go on elsewhere."""
        self._choose("move", "on its way to another subscription")

    def action_wait(self) -> None:
        """Let what is limited wait."""
        self._choose("wait", "waits for its reset")

    def _choose(self, word: str, said: str) -> None:
        """Answer for all sessions that the line is about."""
        if session := self.session:
            for ident in choosing(self.world.state, session):
                act = partial(acts.answer, self.world.journal, ident, word)
                self.act(act, f"{ident}: {said}.")

    def action_say(self) -> None:
        """Send the agent a message."""
        if session := self.session:
            from conductor.tui.dialogs import say

            say(self, session)

    def action_retry(self) -> None:
        """Queue the task anew."""
        if (item := self.chosen) and (task := item.task):
            self.act(lambda: acts.retry(self.world.journal, task), f"{task} is queued anew.")

    def action_attach(self) -> None:
        """Take over the agent's terminal."""
        if session := self.session:
            from conductor.tui.attach import attach

            attach(self, session.id)
