"""The sessions there are, as tmux tells them in one answer."""

from __future__ import annotations

from dataclasses import dataclass
from signal import Signals

LIST_FORMAT = (
    "#{?#{==:#{@agent},#{pane_id}},1,0} #{session_name} #{pane_id} #{window_id} #{pane_pid}"
    " #{pane_dead} =#{pane_dead_status}=#{pane_dead_signal} #{session_attached}"
    " =#{@visitor} =#{@beside} #{pane_width} #{pane_height} #{session_windows} #{session_created}"
    " #{window_activity} #{pane_title}"
)
VIEWER = "_viewer-"
"""Begins the names of the sessions of screens, in which nobody works; no other name begins so."""

VISITOR = "@visitor"
"""The option of a session that names the screens' own in whose tile a person types to it."""

BESIDE = "@beside"
"""The option of a terminal that says beside whose agent a person opened it."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Whose agent a person's own program stands beside."""

    session: str
    tool: str
    pinned: bool  # whether it goes on when that session ends

    @property
    def spelled(self) -> str:
        """Write it as one word."""
        tool = "-".join(self.tool.replace("/", " ").split())
        return f"{self.session}/{tool}/{'pinned' if self.pinned else ''}"

    def commands(self, target: str) -> tuple[str, ...]:
        """Return what follows the command that opens it: it leaves when its program ends."""
        return (
            *(";", "set-option", "-t", target, BESIDE, self.spelled),
            *(";", "set-option", "-w", "-t", target, "remain-on-exit", "off"),
            *(";", "rename-window", "-t", target, self.title),
        )

    @property
    def title(self) -> str:
        """Name its window, and say whether it stays."""
        return f"{self.tool} (stays)" if self.pinned else self.tool


def _beside(word: str) -> Beside | None:
    session, _, rest = word.partition("/")
    tool, _, pinned = rest.partition("/")
    return Beside(session, tool, pinned == "pinned") if tool else None


@dataclass(frozen=True, slots=True)
class Live:
    """One session as tmux sees it now."""

    session: str
    pane: str
    window: str
    pid: int  # 0 once it is dead: its number may be anybody's by then
    dead: bool
    exit_status: int | None
    attached: int  # how many people look at it through tmux itself
    size: tuple[int, int]
    windows: int  # the agent's and the person's own
    created: int
    drawn: int  # the second in which something last appeared on it
    title: str  # set by the agent: clean it before showing it
    beside: Beside | None = None  # whose agent it stands beside, if it is no agent's itself
    inside: bool = False  # whether a person is inside its tile, in screens that are there

    @property
    def visited(self) -> bool:
        """Whether a person is in there, by tmux or by a tile, and may be writing."""
        return self.inside or self.attached > 0


def read_list(text: str) -> list[Live]:
    """Read what `list-panes` printed; panes that are not an agent's are left out.

    A title ends where its line does: an agent can write other ends of lines into it.
    """
    found = []
    rows = [line.split(" ", 15) for line in text.split("\n")]
    # Screens that were killed in the middle of it have left an option, but no client.
    screens = {row[1] for row in rows if len(row) == 16 and row[7] != "0"}
    for fields in rows:
        if len(fields) < 16 or fields[0] != "1":
            continue
        _, session, pane, window, pid, dead, status, attached, visitor, beside, *rest = fields
        found.append(
            Live(
                session=session,
                pane=pane,
                window=window,
                pid=int(pid or 0) if dead == "0" else 0,
                dead=dead == "1",
                exit_status=_code(*status[1:].split("=")),
                attached=int(attached),
                inside=visitor[1:] in screens,
                beside=_beside(beside[1:]),
                size=(int(rest[0]), int(rest[1])),
                windows=int(rest[2]),
                created=int(rest[3]),
                drawn=int(rest[4]),
                title=rest[5],
            )
        )
    return found


def _code(status: str, signal: str) -> int | None:
    """Say how a process ended, as a shell does; None where tmux does not tell."""
    if signal:  # by its number, or on some systems by its name
        known = {one.name.removeprefix("SIG"): one for one in Signals}
        name = signal.upper().removeprefix("SIG")
        return 128 + int(known.get(name) or (name if name.isdigit() else 0))
    return int(status) if status.isdigit() else None
