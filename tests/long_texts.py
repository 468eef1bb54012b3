"""Long texts of every shape that may be dear to a pattern: each a function of a length in characters."""

from __future__ import annotations

import base64
import random
import unicodedata
from collections.abc import Callable, Iterator

Shape = Callable[[int], str]

ENGLISH = tuple(
    word
    for line in (
        "the a of and to in that it is was for on with as at by from they we you this have are not but what all",
        "when can there their which time way people water long little very after words called just where most know",
        "house river school letter paper summer window garden market teacher brother morning evening number answer",
        "question train bread apple music history science country village mountain travel kitchen doctor winter",
        "colour machine",
    )
    for word in line.split()
)
KOREAN = tuple(
    word
    for line in (
        "오늘 내일 학교 회사 친구 가족 날씨 아침 저녁 시간 사람 마음 생각 이야기 음식 여행 영화 음악",
        "책을 물을 밥을 집에서 길에서 함께 많이 조금 아주 정말 그리고 그래서 하지만 먹었다 갔다 보았다",
        "좋아한다 생각한다 만들었다 시작했다 알게 되었다 필요하다 중요하다",
    )
    for word in line.split()
)

# What a pattern may begin to read at every place, and give up on far away or only at the end.
UNITS = {
    "parentheses open": "(",
    "parentheses": "()",
    "parenthesised words": "(word) ",
    "opened words": "(word ",
    "parentheses closed": ")",
    "brackets open": "[",
    "brackets": "[]",
    "braces open": "{",
    "slots open": "{{",
    "slots": "{{ name }} ",
    "shell slots open": "${",
    "less than": "<",
    "greater than": ">",
    "empty thoughts": "<think></think>",
    "thoughts open": "<think>",
    "thoughts closed": "</think>",
    "thoughts begun": "<thinkc",
    "tags begun": "<p ",
    "tags": "<p>word</p>",
    "struck through": "<s>word</s>",
    "control tokens": "<|im_end|>",
    "control tokens begun": "<|im_end",
    "instructions": "[INST] word [/INST] ",
    "headings": "### Instruction: word\n",
    "other headings": "# word\n",
    "hashes": "#",
    "percent signs": "%NAME",
    "one digit": "1",
    "digits in groups": "1,",
    "digits with dots": "1.",
    "digits with colons": "1:",
    "numbers": "1 ",
    "items in one line": "1. ",
    "items on lines": "1. word\n",
    "bare items": "1.\n",
    "bracketed items": "(1) word ",
    "spaces": " ",
    "tabs": "\t",
    "line feeds": "\n",
    "carriage returns": "\r",
    "Windows line ends": "\r\n",
    "blank lines": " \n",
    "words and spaces": "word" + 40 * " ",
    "no-break spaces": "\u00a0",
    "wide spaces": "\u3000",
    "invisible": "\u200b",
    "byte order marks": "\ufeff",
    "jamo": unicodedata.normalize("NFD", "한"),
    "decomposed words": unicodedata.normalize("NFD", "한글 "),
    "compatibility jamo": "ㄱㅏ",
    "laughter": "ㅋ",
    "half-width jamo": "\uffa1",
    "first jamo": "\u1100",
    "combining marks": "\u0301",
    "marks out of order": "\u0323\u0301",
    "a letter and marks": "a\u0301\u0323",
    "fences on lines": "```\n",
    "fences": "```",
    "fences with code": "```python\nx = 1\n```\n",
    "tilde fences": "~~~\n",
    "backticks": "`",
    "inline code": "`x` ",
    "double quotes": '"',
    "quoted words": '"word" ',
    "quotes open": '"word ',
    "single quotes": "'",
    "curly quotes open": "“",
    "curly quotes": "“word” ",
    "corner brackets": "「",
    "one letter": "a",
    "one capital": "A",
    "one syllable": "가",
    "one ideograph": "中",
    "ideographs with commas": "中文，",
    "kana": "あ",
    "Cyrillic words": "слово ",
    "Arabic words": "كلمة ",
    "Thai": "ก",
    "Greek words": "λόγος ",
    "alternating words": "yes no ",
    "alternating letters": "ab",
    "alternating syllables": "가나",
    "one word": "word ",
    "one Korean word": "단어 ",
    "short sentences": "So it is. ",
    "Korean sentences": "그렇다. ",
    "sentences without spaces": "word.",
    "full stops": ".",
    "ellipses": "…",
    "commas": "word, ",
    "bare commas": ",",
    "colons": ":",
    "labels": "Name: word\n",
    "labels in one line": "Q: word A: ",
    "roles": "User: word\n",
    "Korean roles": "사용자: 단어\n",
    "questions and answers": "Q: word\nA: word\n",
    "question lines": "Q: word\n",
    "question marks": "?",
    "question marks apart": "? ",
    "question marks in words": "a?",
    "exclamation marks": "!",
    "mixed marks": "?.",
    "hyphens": "-",
    "hyphenated": "word-",
    "dashes": "— ",
    "bullets": "- word\n",
    "bare bullets": "- ",
    "dots as bullets": "• word\n",
    "asterisks": "*",
    "bold": "**word** ",
    "underscores": "_",
    "blanks to fill in": "_ ",
    "equals signs": "= ",
    "slashes": "/",
    "backslashes": "\\",
    "bytes written out": "\\xec",
    "units written out": "\\uac00",
    "JSON open": '{"a": [',
    "JSON": '{"a": 1}, ',
    "JSON strings": '["a\\"',
    "markdown table": "| word | word |\n",
    "markdown rules": "|---|---|\n",
    "pipes": "|",
    "table in one line": "| word ",
    "URLs": "https://example.com/a?b=c ",
    "URL without end": "https://example.com/",
    "web addresses begun": "https://www.",
    "mail addresses": "name@example.com ",
    "at signs": "@",
    "one emoji": "😀",
    "families": "👨\u200d👩\u200d👧 ",
    "joiners": "\u200d",
    "variation selectors": "❤\ufe0f",
    "flags": "🇰🇷",
    "replacement characters": "\ufffd",
    "misread once": "Ã©",
    "misread quotes": "â€™",
    "misread pieces": "Ã",
    "misread Hangul": "ÇÑ±Û ",
    "misread CP437": "├®",
    "rare syllables": "뷁쉛",
    "control characters": "\x80",
    "ordinals": "the 4th rule ",
    "named items": "clause 4 ",
    "what is": "what is the ",
    "lists of things": "give me 5 ",
    "repeated units": "3 years ",
    "apologies": "sorry ",
    "I cannot": "I can't ",
    "I am an AI": "as an ai ",
    "Korean I am an AI": "저는 AI ",
    "dollar signs": "$",
    "letters and spaces": "a ",
    "long words": "word" * 20 + " ",
    "code": "def f(x):\n    return x + 1\n",
    "enumerators": "①",
    "superscripts": "²",
    "keycaps": "1\ufe0f\u20e3",
    "full-width digits": "１",
    "full-width letters": "Ａ",
    "NUL": "\0",
    "escape sequences": "\x1b[31m",
    "lone surrogates": "\ud800",
    "private use": "\ue000",
    "plane 14": "\U000e0001",
    "right to left marks": "\u202e",
}


def _prose(words: list[str], stop: str) -> Shape:
    return lambda length: _cut(_sentences(random.Random(1), words, stop, length), length)


def _sentences(draw: random.Random, words: list[str], stop: str, length: int) -> Iterator[str]:
    """Sentences of 6 to 18 words, with a paragraph now and then, `length` characters or more."""
    made = 0
    while made < length:
        sentence = " ".join(draw.choices(words, k=draw.randint(6, 18)))
        sentence = sentence.capitalize() + stop + ("\n\n" if stop.strip() and draw.random() < 0.1 else " ")
        made += len(sentence)
        yield sentence


def _drawn(alphabet: str) -> Shape:
    return lambda length: "".join(random.Random(1).choices(alphabet, k=length))


def _chat_log(length: int) -> str:
    draw = random.Random(1)
    turns = (f"{who}: {said.strip()}\n" for said in _sentences(draw, ENGLISH, ".", length) for who in ("User",))
    return _cut((turn.replace("User", draw.choice(("User", "Assistant"))) for turn in turns), length)


def _table(length: int) -> str:
    draw = random.Random(1)
    rows = (f"| {draw.randint(1, 9999)} | {draw.choice(ENGLISH)} | {draw.choice(KOREAN)} |\n" for _ in range(length))
    return _cut(rows, length)


def _cut(parts: Iterator[str], length: int) -> str:
    text: list[str] = []
    made = 0
    for part in parts:
        text.append(part)
        made += len(part)
        if made >= length:
            break
    return "".join(text)[:length]


def _base64(length: int) -> str:
    return base64.b64encode(random.Random(1).randbytes(length)).decode()[:length]


DRAWN: dict[str, Shape] = {
    "prose": _prose(ENGLISH, "."),
    "Korean prose": _prose(KOREAN, "."),
    "decomposed prose": lambda length: unicodedata.normalize("NFD", _prose(KOREAN, ".")(length))[:length],
    "words without full stops": _prose(ENGLISH, ""),
    "Korean words without full stops": _prose(KOREAN, ""),
    "prose in lines": lambda length: _prose(ENGLISH, ".")(length).replace(". ", ".\n"),
    "chat log": _chat_log,
    "table": _table,
    "base64": _base64,
    "hex": lambda length: random.Random(1).randbytes(length).hex()[:length],
    "random digits": _drawn("0123456789"),
    "random decimals": _drawn("0123456789.,:"),
    "random letters": _drawn("abcdefghijklmnopqrstuvwxyz"),
    "random syllables": _drawn("".join(map(chr, range(0xAC00, 0xD7A4)))),
    "random ideographs": _drawn("".join(map(chr, range(0x4E00, 0x9FA0)))),
    "random marks": _drawn("()[]{}<>\"'`.,:;!?-*#|/\\ \n"),
    "random code points": _drawn("".join(map(chr, range(0x20, 0x3000)))),
    "white space": _drawn(" \t\n\r\u00a0\u3000"),
}
SHAPES: dict[str, Shape] = {
    **DRAWN,
    **{name: lambda length, unit=unit: (unit * (length // len(unit) + 1))[:length] for name, unit in UNITS.items()},
}
