"""The sessions there are, as tmux tells them in one answer."""

from __future__ import annotations

from dataclasses import dataclass

LIST_FORMAT = (
    "#{?#{==:#{@agent},#{pane_id}},1,0} #{session_name} #{pane_id} #{window_id} #{pane_pid}"
    " #{pane_dead} =#{pane_dead_status} #{session_attached}"
    " #{pane_width} #{pane_height} #{session_windows} #{session_created} #{pane_title}"
)


@dataclass(frozen=True, slots=True)
class Live:
    """One session as tmux sees it now."""

    session: str
    pane: str
    window: str
    pid: int
    dead: bool
    exit_status: int | None
    attached: int  # how many people look at it through tmux itself
    size: tuple[int, int]
    windows: int  # the agent's and the person's own
    created: int
    title: str  # set by the agent: clean it before showing it


def read_list(text: str) -> list[Live]:
    """Read what `list-panes` printed; panes that are not an agent's are left out."""
    found = []
    for line in text.splitlines():
        fields = line.split(" ", 12)
        if len(fields) < 13 or fields[0] != "1":
            continue
        _, session, pane, window, pid, dead, status, attached, width, height, *rest = fields
        found.append(
            Live(
                session=session,
                pane=pane,
                window=window,
                pid=int(pid),
                dead=dead == "1",
                exit_status=int(status[1:]) if len(status) > 1 else None,
                attached=int(attached),
                size=(int(width), int(height)),
                windows=int(rest[0]),
                created=int(rest[1]),
                title=rest[2],
            )
        )
    return found
