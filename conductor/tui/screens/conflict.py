"""Conflict: what both sides began with, and what each made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Label

from conductor import acts
from conductor.acts import Refused
from conductor.clashing import KINDS, laid_out, read, settled
from conductor.cleaning import clean, clean_line
from conductor.config import ConfigError
from conductor.tui.inks import plain
from conductor.tui.widgets.key_line import KeyLine
from conductor.tui.widgets.painted import Inked
from conductor.tui.widgets.prose import Prose
from conductor.tui.wording import plural
from worktrees.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from conductor.state import Task
    from conductor.tui.inks import Run
    from conductor.tui.world import World
    from worktrees.conflicts import Clashes


class Conflict(Inked):
    """One change beside its target, where they disagree."""

    CSS_PATH = "landing.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "back_to_agent", "To its agent", id="conflict.back",
                tooltip="Send it back to its agent, to merge the target itself"),
        Binding("a", "other_agent", "Another agent", id="conflict.agent",
                tooltip="Have another agent merge it, as a task of its own"),
        Binding("e", "by_hand", "By hand", id="conflict.hand",
                tooltip="Settle it yourself, in your editor"),
        Binding("escape,q", "leave", "Back", id="conflict.leave", tooltip="Back"),
    ]  # fmt: skip

    def __init__(self, world: World, task: Task) -> None:
        super().__init__()
        self._seen = world
        self._about = task
        self._found: tuple[str, Clashes] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the sides between two lines."""
        yield Label(plain(f" {self._about.id} · {self._about.title}"), markup=False)
        yield Prose(id="sides")
        yield KeyLine()

    def on_mount(self) -> None:
        """Merge in memory, which takes git a moment."""
        super().on_mount()
        self.query_one(Prose).focus()
        self.run_worker(self._read, thread=True, group="files")

    def _read(self) -> None:
        try:
            found = read(self._seen.state, self._about)
        except (Refused, GitError, ConfigError) as error:
            rows: list[list[Run]] = [[(str(error), "blocked")]]
            self.app.call_from_thread(self.query_one(Prose).show, rows)
            return
        self.app.call_from_thread(self._show, found)

    def _show(self, found: tuple[str, Clashes]) -> None:
        self._found = found
        self.query_one(Prose).show(sides(self._about, *found))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to settle only what there is to settle."""
        if action in ("back_to_agent", "other_agent", "by_hand"):
            return True if self._found and self._found[1].files else None
        return True

    def action_back_to_agent(self) -> None:
        """Send the change back to its agent."""
        if self._found is not None:
            name, found = self._found
            files = ", ".join(one.path for one in found.files[:10])
            words = (
                f"Your change conflicts with {name} in {files}. Bring {name} into your branch "
                f"(`git merge {name}`), keep what both sides mean, and finish the merge."
            )
            self._act(lambda: acts.send_back(self._seen.journal, self._about.id, words),
                      f"{self._about.id} goes back to its agent.")  # fmt: skip

    def action_other_agent(self) -> None:
        """Have another agent settle it."""
        if self._found is not None:
            name, found = self._found
            self._act(
                lambda: acts.resolve_by_agent(
                    self._seen.journal, self._about.id, name, found.change
                ),
                f"A task was added that merges {self._about.id} with {name}.",
            )

    def action_by_hand(self) -> None:
        """Settle it in the person's editor; what they leave is merged into the agent's branch."""
        from conductor.tui.editing import by_hand

        if self._found is None:
            return
        ident, (name, found) = self._about.id, self._found
        try:
            acts.resolvable(self._seen.state, ident)
            files = laid_out(self._seen.places, self._about, found)
            by_hand(
                self.app, found.files[0].regions[0].line if found.files[0].regions else 1, *files
            )
            done = settled(files, found)
        except Refused as error:
            self.app.notify(str(error), severity="warning", timeout=15, markup=False)
            return
        self._act(
            lambda: acts.resolve(self._seen.journal, ident, found.onto, found.change, done),
            f"{ident} is merged with {name}, checked, and then offered for review anew.",
        )

    def _act(self, deed: Callable[[], object], done: str) -> None:
        from conductor.tui.screens.room import Room

        below = next(
            (one for one in reversed(self.app.screen_stack) if isinstance(one, Room)), None
        )
        if below is not None and callable(deed) and below.act(deed, done):
            self.dismiss()

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss()


def sides(task: Task, name: str, found: Clashes) -> list[list[Run]]:
    """Lay the sides of each conflict out, one under the other."""
    if not found.files:
        return [[(f"{task.id} fits {name} as it is now: nothing conflicts.", "done")]]
    rows: list[list[Run]] = [
        [(f"It conflicts with {name} in {plural(len(found.files), 'file')}.", "blocked")]
    ]
    for one in found.files:
        rows += [[], [(clean_line(one.path, 400), "title"), (f"  {KINDS[one.kind]}", "dim")]]
        for region in one.regions:
            rows.append([(f"line {region.line}", "hunk")])
            for side, lines, ink in (
                ("both began with", region.base, "dim"),
                (name, region.ours, "removed"),
                (task.id, region.theirs, "added"),
            ):
                rows.append([(f"  {side}{':' if lines else ': nothing'}", "faint")])
                rows += [[(f"    {clean(line, 2000).expandtabs(4)}", ink)] for line in lines]
    return rows
