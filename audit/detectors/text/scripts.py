"""The scripts that a text is written in, what of it counts as said, and whether that is running text."""

from __future__ import annotations

import re

from audit.detectors.text.passages import FENCE

SCRIPTS = {  # RE2 class, code points for Python, letters of English that one letter stands for
    "Hangul": (r"\p{Hangul}", "\uac00-\ud7a3", 2.5),
    "Japanese": (r"\p{Hiragana}\p{Katakana}", "\u3041-\u30ff", 2.0),
    "Chinese": (r"\p{Han}", "\u3400-\u9fff", 2.5),
    "Cyrillic": (r"\p{Cyrillic}", "\u0400-\u04ff", 1.0),
    "Arabic": (r"\p{Arabic}", "\u0620-\u06d3", 1.0),
    "Devanagari": (r"\p{Devanagari}", "\u0904-\u0939", 1.0),
    "Thai": (r"\p{Thai}", "\u0e01-\u0e3a", 1.0),
    "Greek": (r"\p{Greek}", "\u0391-\u03c9", 1.0),
    "Hebrew": (r"\p{Hebrew}", "\u05d0-\u05ea", 1.0),
    "Latin": (r"\p{Latin}", "A-Za-z\u00c0-\u024f\u1e00-\u1eff", 1.0),
}
NOT_LATIN = "[" + "".join(re2 for name, (re2, *_) in SCRIPTS.items() if name != "Latin") + "]"
RARER = "".join(re2 for name, (re2, *_) in SCRIPTS.items() if name not in ("Latin", "Hangul"))
LETTERS = {name: re.compile(f"[{points}]") for name, (_, points, _) in SCRIPTS.items()}
SHARE = 0.6  # of the letters, so that names, terms and quotations in another script change nothing

# Code, links, addresses, parentheses, quotations. Addresses begin where a word does, as from each letter of a long one
# the sign would be looked for again; what opens and is not closed on its line is taken out first, for the same reason.
NOT_SAID = re.compile(
    r"`[^`\n]*`|https?://\S+|(?<!\S)\S[^\s@]*+@\S+|[(（\[][^)）\]\n]*[)）\]]|\"[^\"\n]*\"|“[^”\n]*”|‘[^’\n]*’"
)
ASIDES = (("(（[", ")）]"), ("“", "”"), ("‘", "’"))
CODE = re.compile(r"[{}=;<>]|\w\(|->")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def spoken(text: str) -> str:
    """The text without code, links, addresses, parentheses and quotations."""
    return NOT_SAID.sub(" ", "".join(map(_closed, text.splitlines(keepends=True))))


def blanked(text: str) -> str:
    """The same with as many spaces in the place of each, so that positions are those of the text."""
    text = FENCE.sub(_spaces, text)
    return NOT_SAID.sub(_spaces, "".join(map(_closed, text.splitlines(keepends=True))))


def _spaces(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _closed(line: str) -> str:
    """The line without signs that open what nothing closes."""
    for opening, closing in ASIDES:
        last = max(line.rfind(sign) for sign in closing) + 1
        if any(sign in line[last:] for sign in opening):
            line = line[:last] + line[last:].translate(dict.fromkeys(map(ord, opening), " "))
    return line


def main_script(text: str, least: int) -> str:
    """The script of most letters, code and quotations aside; "" where none leads or the text is short."""
    text = spoken(FENCE.sub(" ", text))
    weights = {name: len(LETTERS[name].findall(text)) * weight for name, (_, _, weight) in SCRIPTS.items()}
    if weights["Japanese"]:
        weights["Japanese"] += weights.pop("Chinese")
    name = max(weights, key=lambda script: weights[script])
    return name if weights[name] >= max(least, SHARE * sum(weights.values())) else ""


def is_prose(text: str, words: int) -> bool:
    """Whether Latin text has `words` words, most in lower case: no title, name or list of brands."""
    found = WORD.findall(spoken(FENCE.sub(" ", text)))
    found = [word for word in found if LETTERS["Latin"].match(word)]
    return len(found) >= words and sum(word[0].islower() for word in found) >= 0.5 * len(found)
