"""One line of a text on the screen: cut by cells, not by characters, around what matters, with nothing hidden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from audit.reporting.excerpts import excerpt, visible


@pytest.mark.parametrize(
    ("text", "width", "span", "shown"),
    [
        ("1. 좋아!", 20, (0, 3), "⟦1. ⟧좋아!"),
        ("short", 20, None, "short"),
        ("a rather long answer that goes on", 12, None, "a rather lo…"),
        ("가나다라마바사아자차카타파하", 9, None, "가나다라…"),
        ("the fault is at the very end 12", 14, (29, 31), "…very end ⟦12⟧"),
        ("first\nsecond", 20, None, "first⏎second"),
        ("", 10, (0, 0), "⟦⟧"),
    ],
)
def test_excerpt(text: str, width: int, span: tuple[int, int] | None, shown: str) -> None:
    assert excerpt(text, width, span).plain == shown


@given(st.text(max_size=80), st.integers(8, 60), st.tuples(st.integers(0, 80), st.integers(0, 80)))
def test_excerpt_never_grows_wider_than_asked(text: str, width: int, span: tuple[int, int]) -> None:
    start, end = sorted(min(place, len(text)) for place in span)
    assert cell_len(excerpt(text, width, (start, end)).plain) <= width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u202eevil", "<U+202E>evil"),  # a bidi override would turn the line around
        ("\x1b[31mred", "<U+001B>[31mred"),  # an escape sequence would colour the terminal
        ("a\u200bb", "a<U+200B>b"),
        ("👩\u200d💻", "👩\u200d💻"),  # the joiner is part of the emoji
        ("a\u3000b", "a b"),
    ],
)
def test_nothing_in_a_cell_can_act_on_the_terminal(text: str, shown: str) -> None:
    assert visible(text) == shown
