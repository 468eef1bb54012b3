"""Ways to spoil a text, and the one way to compare two."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial

Change = Callable[[str], str]

EMPTY = {
    "nothing": "",
    "a space": " ",
    "spaces": "    ",
    "line feed": "\n",
    "line feeds": "\n\n\n",
    "carriage return": "\r\n",
    "tab": "\t",
    "ideographic space": "\u3000",
    "no-break space": "\u00a0",
    "zero-width space": "\u200b",
    "byte order mark": "\ufeff",
    "word joiner": "\u2060",
    "soft hyphen": "\u00ad",
    "hangul filler": "\u3164",
    "spaces and zero-width spaces": " \u200b \u200b",
    "left-to-right mark": "\u200e",
}


def spaced(text: str) -> str:
    """Other white space between and after the words."""
    return text.replace(" ", "  ", 2).replace(". ", ".\n") + " \n"


def full_width(text: str) -> str:
    """ASCII digits and punctuation in full width, as some Korean and Japanese keyboards type them."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "?" else c for c in text)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


# Changes after which a text is still the same text: white space, width, case, composition.
FOLDED: dict[str, list[tuple[str, Change]]] = {
    "ko": [("exact", str), ("white space", spaced), ("full width", full_width), ("NFD", decomposed)],
    "en": [("exact", str), ("white space", spaced), ("full width", full_width), ("capitals", str.upper)],
}


def grams(text: str) -> frozenset[str]:
    """Character 5-grams of the text after NFKC, case and white-space folding; a shorter text is its own gram."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return frozenset(folded[i : i + 5] for i in range(max(1, len(folded) - 4)))


def jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right)


def _typo(text: str, rng: random.Random, times: int = 1) -> str:
    letters = list(text)
    for _ in range(times):
        del letters[rng.randrange(len(letters) // 4, len(letters) - 3)]
    return "".join(letters)


def _word_dropped(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    del words[rng.randrange(1, len(words) - 1)]
    return " ".join(words)


def _words_swapped(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    at = rng.randrange(len(words) - 1)
    words[at : at + 2] = reversed(words[at : at + 2])
    return " ".join(words)


def _end_lost(text: str, rng: random.Random) -> str:
    return text[: round(len(text) * rng.uniform(0.7, 0.95))].rstrip()


EDITS: dict[str, Callable[[str, random.Random], str]] = {
    "last mark changed": lambda text, _: text.rstrip(".!?~") + ("?!" if text.endswith("!") else "!"),
    "emoji added": lambda text, _: f"{text} 🙂",
    "one letter lost": _typo,
    "word dropped": _word_dropped,
    "words swapped": _words_swapped,
    "three letters lost": partial(_typo, times=3),
    "opening added": lambda text, _: f"… {text}",
    "end lost": _end_lost,
    "marks removed": lambda text, _: re.sub(r"[.,!?]", "", text) + " ",
}


def nearly(text: str, rng: random.Random) -> str:
    """A text that is not the same but whose grams overlap by 0.8 or more."""
    edits = [EDITS["one letter lost"], EDITS["emoji added"], EDITS["last mark changed"], EDITS["words swapped"]]
    for edit in rng.sample(edits, len(edits)):
        changed = edit(text, rng)
        if 0.8 <= jaccard(grams(text), grams(changed)) < 1:
            return changed
    return f"{text}!"


def typeset(text: str) -> str:
    """Curly apostrophes and dashes, which is where English text breaks when it is decoded wrongly."""
    text = text.replace("'", "\u2019").replace("; ", " \u2013 ").replace(": ", " \u2014 ")
    return re.sub(r", (and|but|so|or) ", " \u2013 \\1 ", text)


def _windows_1252(content: bytes) -> str:
    """As browsers decode it: the five bytes that Windows-1252 leaves open become control characters."""
    return "".join(chr(b) if b in b"\x81\x8d\x8f\x90\x9d" else bytes([b]).decode("cp1252") for b in content)


def _second_half(text: str) -> str:
    words = text.split(" ")
    middle = len(words) // 2
    return " ".join(words[:middle]) + " " + _windows_1252(" ".join(words[middle:]).encode())


def _every_fourth_lost(text: str) -> str:
    letters = [i for i, letter in enumerate(text) if not letter.isascii()]
    lost = set(letters[::4])
    return "".join("\ufffd" if i in lost else letter for i, letter in enumerate(text))


def _korean(text: str, written: str, read: str) -> str:
    return text.encode(written, "replace").decode(read, "replace")


def _twice(text: str) -> str:
    return _windows_1252(_windows_1252(text.encode()).encode())


def _lossy(text: str) -> str:
    return text.encode("ascii", "replace").decode()


MISREADINGS: dict[str, dict[str, Change]] = {
    "ko": {
        "UTF-8 read as Latin-1": lambda text: text.encode().decode("latin-1"),
        "UTF-8 read as Windows-1252": lambda text: _windows_1252(text.encode()),
        "UTF-8 read as CP949": partial(_korean, written="utf-8", read="cp949"),
        "CP949 read as Latin-1": partial(_korean, written="cp949", read="latin-1"),
        "CP949 read as UTF-8": partial(_korean, written="cp949", read="utf-8"),
        "misread twice": _twice,
        "second half only": _second_half,
        "every fourth letter lost": _every_fourth_lost,
        "question marks for letters": _lossy,
        "saved after misreading": lambda text: _korean(_korean(text, "cp949", "utf-8"), "utf-8", "cp949"),
    },
    "en": {
        "UTF-8 read as Windows-1252": lambda text: _windows_1252(text.encode()),
        "UTF-8 read as Latin-1": lambda text: text.encode().decode("latin-1"),
        "UTF-8 read as Mac Roman": lambda text: text.encode().decode("mac-roman"),
        "UTF-8 read as CP949": partial(_korean, written="utf-8", read="cp949"),
        "misread twice": _twice,
        "mark lost": _every_fourth_lost,
        "question mark for a mark": _lossy,
        "no-break spaces": lambda text: text.replace(" ", "\u00c2\u00a0", 2),
    },
}


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?]) ", text)


def _listed(text: str) -> str:
    return "\n".join(f"{i}. {_sentences(text)[-1]}" for i in range(1, 8))


LOOPS: dict[str, Change] = {
    "last sentence five times": lambda text: text + f" {_sentences(text)[-1]}" * 4,
    "last words without end": lambda text: text + f" {' '.join(text.split()[-2:])}" * 9,
    "one word without end": lambda text: text + f" {text.split()[-1]}" * 25,
    "one letter without end": lambda text: text.rstrip(".!?") + text.rstrip(".!?")[-1] * 120,
    "the whole answer in lines": lambda text: "\n".join([text] * 5),
    "the same item seven times": _listed,
    "cut off in the loop": lambda text: (text + f" {_sentences(text)[-1]}" * 6)[: -len(_sentences(text)[-1]) // 2],
    "without spaces": lambda text: text + text.split()[-1] * 15,
}


def cuts(language: str) -> dict[str, Callable[[str], str | None]]:
    """Places where a length limit leaves a text that anybody sees is unfinished; None where there is no such place."""
    last_words = {"ko": r"\S+를|\S+에서|\S+으로|그리고|\S+하고", "en": r"the|a|of|and|to|with|in|that|because|your"}
    return {
        "cut after a comma": partial(_cut, pattern=r"[^.!?\"]{15,},(?= )"),
        "cut after a function word": partial(_cut, pattern=rf"[^.!?\"]{{8,}} (?:{last_words[language]})(?= )"),
        "cut in a word": partial(_cut, pattern=r"[^.!?\"]{15,} (?:[가-힣](?=[가-힣]{2})|[a-z]{4}(?=[a-z]{3}))"),
    }


def _cut(text: str, pattern: str) -> str | None:
    ends: Iterator[int] = (match.end() for match in re.finditer(pattern, text) if match.end() < len(text) - 4)
    return next((text[:end] for end in ends), None)
