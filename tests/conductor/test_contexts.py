"""How full contexts are: the last word counts, and older homes learn to keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conductor import contexts
from conductor.contexts import Context
from conductor.journal import Journal
from conductor.views import session_document
from tests.conductor.facts import added, claimed

if TYPE_CHECKING:
    from pathlib import Path


def test_the_last_word_counts_and_nonsense_does_not(tmp_path: Path) -> None:
    with Journal(str(tmp_path)) as journal:
        with journal.decide() as decision:
            decision.append(added("t1"), claimed())
            for used, size in ((10, 200), (150, 200), (-1, 200), (5, 0), (1 << 62, 200)):
                contexts.keep(decision.db, "s1", used, size)
        held = contexts.read(journal.db)
        assert held == {"s1": Context(150, 200)}
        assert held["s1"].percent == 75
        document = session_document(journal.state.sessions["s1"], {}, held, None)
        assert document["context"] == {"used": 150, "size": 200}
        assert session_document(journal.state.sessions["s1"], {}, {}, None)["context"] is None


def test_a_home_of_an_earlier_version_keeps_them_too(tmp_path: Path) -> None:
    with Journal(str(tmp_path)) as journal:
        journal.db.execute("DROP TABLE contexts")
        journal.db.execute("PRAGMA user_version = 4")
    with Journal(str(tmp_path)) as journal:
        assert contexts.read(journal.db) == {}
