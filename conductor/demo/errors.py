"""The one exception of the demo."""


class DemoError(Exception):
    """The demo cannot be played; the text says why and what to do."""
