"""The one exception of this package."""


class TerminalError(Exception):
    """Tmux or a terminal refused; the text has tmux's own words and what to do about it."""
