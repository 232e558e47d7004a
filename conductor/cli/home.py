"""Opening the person's home for a command."""

from __future__ import annotations

from conductor.journal import Journal
from conductor.places import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conductor.places import Places


def open_home() -> tuple[Places, Journal]:
    """Make sure of our folders, and open the journal in them."""
    where = places()
    where.make()
    return where, Journal(where.journal)
