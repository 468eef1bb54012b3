"""Emoji as parts that every terminal draws equally wide.

Terminals do not agree on the cells of 👩‍💻, 👍🏽, ❤️ or 🇰🇷 (xterm.js counts 4 for 👍🏽, rich and tmux count 2), and one
cell too many shifts the whole screen. The single pictures they are made of have one width everywhere.
"""

from __future__ import annotations

TONES = [chr(point) for point in range(0x1F3FB, 0x1F400)]
LETTERS = {chr(0x1F1E6 + place): chr(ord("A") + place) for place in range(26)}  # a flag is two of them
STEADY = str.maketrans({"\u200d": "+", "\ufe0f": "", "\ufe0e": "", **dict.fromkeys(TONES, ""), **LETTERS})


def steady(text: str) -> str:
    """The text with emoji taken apart: 👩‍💻 as 👩+💻, a flag as its letters, without skin tones."""
    return text.translate(STEADY)


def unsteady(sign: str) -> bool:
    """Whether a character changes the width of what stands beside it."""
    return ord(sign) in STEADY
