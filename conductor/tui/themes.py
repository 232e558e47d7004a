"""Our own two themes; Textual's are there as well."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="conductor-dark",
    primary="#7aa2f7",
    secondary="#a48ad4",
    accent="#4fd6be",
    warning="#ffb454",
    error="#f7768e",
    success="#9ece6a",
    foreground="#c8cfe0",
    background="#10131a",
    surface="#161a23",
    panel="#1c212d",
    dark=True,
)
LIGHT = Theme(
    name="conductor-light",
    primary="#2f5fc4",
    secondary="#7748a8",
    accent="#007d70",
    warning="#b45c00",
    error="#c2304b",
    success="#3c7a1e",
    foreground="#262b36",
    background="#fbfbf9",
    surface="#f3f3ef",
    panel="#e8e9e6",
    dark=False,
)
