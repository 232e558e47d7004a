"""Which prompts on an agent's record are the ones that were typed."""

from __future__ import annotations

import pytest

from conductor.runner.reading import same


@pytest.mark.parametrize(
    ("typed", "seen", "is_it"),
    [
        ("Fix it.\n  Now", "Fix it.\nNow ", True),
        ("Fix it.\nNow", "Fix it.\nNowFix it.\nNow", True),
        ("Fix it.", "Fix it. And more.", False),
        ("aa", "aaaaaa", False),
        ("", "hello", False),
    ],
)
def test_a_prompt_is_known_by_its_words_also_where_they_were_taken_twice(
    typed: str, seen: str, *, is_it: bool
) -> None:
    assert same(typed, seen) is is_it
