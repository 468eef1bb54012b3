"""Text that was read in the wrong encoding."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import takewhile

from audit.detectors.text.passages import composed, covering, matching, set_apart
from audit.nouns.findings import Field, Finding, Observations
from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc


def _decodes(character: str, page: str) -> bool:
    """Whether the UTF-8 bytes of a character all mean something in a code page, and not themselves."""
    return "\ufffd" not in character.encode().decode(page, "replace")


# For RE2, the signs that are worth a closer look: the replacement character; a Latin-1 letter followed by a sign that
# ends no word; Latin-1 pairs in the rows of Hangul in KS X 1001; question marks in groups; single jamo.
WORTH_A_LOOK = (
    r"[\x{fffd}\x{80}-\x{9f}]|ΓÇ|вЂ|[├√Г][^\x{00}-\x{7f}]|≡ƒ|рџ|[a-z0-9.,;:!?]Â(?:[\s\x{a0}]|\z)|[a-z]Õ[a-z]|Ò[A-Za-z]"
    r"|(?:\\x[89a-fA-F][0-9a-fA-F]){2}|(?:\\u[0-9a-fA-F]{4}){2}|[a-z]\?\?+[a-z]"
    r"|[\x{a1}-\x{ff}∞δΩÎÏмл][\x{a0}-\x{bf}ŒœŠšŸŽžƒˆ˜\x{2013}-\x{203a}€™òôÑåéèëêæÆÇÜÖ╡-╿•„…†‡‰‹°є]"
    r"|[\x{b0}-\x{c8}][\x{a1}-\x{fe}][\x{b0}-\x{c8}][\x{a1}-\x{fe}]"
    r"|\?[?.,!~ ]*[ .,!~]\?|‚Ä|(?i:[a-z]\?(?:ve|re|ll|d|m|s|t)\b)"
    r"|[ㄱ-ㅎ][ㅏ-ㅣ][ㄱ-ㅎ]{1,3}[ㅏ-ㅣ]|[\x{1100}-\x{11ff}]|[\x{ffa1}-\x{ffdc}]{2}"
)
LATIN_1_HANGUL = re.compile(r"(?:[\u00b0-\u00c8][\u00a1-\u00fe]){2,}")  # KS X 1001 keeps Hangul in rows B0 to C8
SPLIT_SYLLABLES = re.compile(r"(?:[ㄱ-ㅎ]{1,3}[ㅏ-ㅣ]){4,}[ㄱ-ㅎ]?")
HALF_WIDTH_JAMO = re.compile(r"[\uffa1-\uffdc]{2,}")
MODERN_JAMO = re.compile(r"[\u1100-\u1112\u1161-\u1175\u11a8-\u11c2]")
OLD_HANGUL = re.compile(r"[\u1113-\u1160\u1176-\u11a7\u11c3-\u11ff\u302e\u302f\ua960-\ua97f\ud7b0-\ud7ff]")
# E2 80 xx, the bytes of curly quotes and dashes, in Mac Roman; alone they are too few for ftfy to judge.
MAC_ROMAN = re.compile("‚Ä[ìîòôúù¶¢∫]")
# An apostrophe that the encoding lacked: no question ends within "they've".
LOST_APOSTROPHE = re.compile(
    r"(?<![/.\w-])(?:(?:you|we|they)\?re|(?:i|you|we|they|could|would|should|might)\?ve|i\?m"
    r"|(?:i|you|he|she|it|we|they|that|there)\?(?:ll|d)|(?:he|she|it|that|there|here|what|who|let|where)\?s"
    r"|(?:do|does|did|is|are|was|were|have|has|had|ca|wo|could|would|should|must|need)n\?t)\b(?![=&%-])",
    re.IGNORECASE,
)
# Letters and marks of Western European text, their UTF-8 bytes read in the code pages that ftfy does not judge when
# they come alone. The three signs of a curly quote give it away; two signs count beside a Latin letter only.
CODE_PAGES = ("cp437", "cp850", "cp1251", "mac_roman")
MISREAD_MARK = {
    mark.encode().decode(page): mark for page in CODE_PAGES for mark in "“”‘’–—…•™€" if _decodes(mark, page)
}
MISREAD_LETTER = {
    letter.encode().decode(page): letter
    for page in CODE_PAGES
    for letter in "àáâãäåæçèéêëìíîïñòóôõöøùúûüßÀÁÂÄÅÇÈÉÊÖØÜ"
    if _decodes(letter, page)
}
MISREAD = re.compile(
    "|".join(map(re.escape, MISREAD_MARK))
    + "|≡ƒ.{2}|рџ.{2}|"
    + "|".join(f"(?<=[A-Za-z]){re.escape(two)}|{re.escape(two)}(?=[a-z])" for two in MISREAD_LETTER)
)
C1 = re.compile(r"[\x80-\x84\x86-\x9f]")  # controls that no text holds; x85 is a line end of mainframes
LONE_A = re.compile(r"(?<=[a-z0-9.,;:!?])\u00c2(?=\s|\Z)")  # C2 A0, a no-break space, whose second half was lost
MAC_APOSTROPHE = re.compile(r"(?<=[a-z])Õ(?=(?:s|t|re|ve|ll|d|m)\b)|Ò(?=[A-Za-z][^Ò]{0,80}Ó)")
BYTES_WRITTEN_OUT = re.compile(r"(?:\\x[89a-f][0-9a-f]){2,}", re.IGNORECASE)
UNITS_WRITTEN_OUT = re.compile(r"(?:\\u[0-9a-f]{4}){2,}", re.IGNORECASE)
LETTER_DOUBLY_LOST = re.compile(r"(?<=[a-z])\?{2,}(?=[a-z])")  # a letter of two bytes inside a word
MARK_GROUP = re.compile(r"\?+")
LETTERS_BEYOND_ASCII = re.compile(r"[^\W\d_a-zA-Z]")
SYLLABLE = re.compile(r"[가-힣]")
ABOUT_ENCODING = re.compile(
    r"mojibake|escape|\bjson\b|python|\bbytes\b|encod|unicode|utf-?8|latin-?1|cp949|euc-?kr|garbled"
    r"|replacement character|question mark|diamond|\bjamo"
    r"|why (?:do|does|is|are)\b.{0,30}\b(?:see|show|appear|look)|instead of|shows? up as"
    r"|(?:로|라고|처럼) ?(?:나와|나오|보|뜨|떠)"
    r"|물음표|마름모|인코딩|유니코드|깨진|깨져|깨졌|깨지|자모|자음|모음|초성|옛한글|옛 한글",
    re.IGNORECASE,
)

Sign = tuple[str, str, tuple[int, int]]  # why, what is said of it, where


def mojibake(corpus: Corpus) -> Observations:
    """Questions and answers in which text was decoded wrongly or characters were lost."""
    fields: tuple[Field, Field] = ("question", "answer")
    for field in fields:
        for position, text in matching(corpus, field, f"{WORTH_A_LOOK}|{_rare_class()}.{{0,3}}{_rare_class()}"):
            sign = next((sign for look in LOOKS if (sign := look(text))), None)
            if sign and not ABOUT_ENCODING.search(composed(corpus, "question", position)):
                because, said, span = sign
                yield Finding(position, f"the {field} {said}", 0.98, because, field=field, span=span)


@cache
def _rare_class() -> str:
    """RE2 class of the 8,822 Hangul syllables that KS X 1001 lacks; the codec spells them out in 8 bytes (annex 3)."""
    rare = [chr(code) for code in range(0xAC00, 0xD7A4) if len(chr(code).encode("euc_kr")) > 2]
    return f"[{''.join(rare)}]"


def _replacement(text: str) -> Sign | None:
    first, last = text.find("\ufffd"), text.rfind("\ufffd")
    if first < 0:
        return None
    count = text.count("\ufffd")
    return (
        "replacement-character",
        f"holds {count} replacement characters (\ufffd): letters are lost",
        (first, last + 1),
    )


def _reread(text: str) -> Sign | None:
    """UTF-8 read as Latin-1, Windows-125x, Mac Roman or CP437, once or twice; ftfy knows how to tell."""
    import ftfy
    from ftfy.badness import is_bad

    if not is_bad(text) or len(fixed := ftfy.fix_encoding(text)) >= len(text):
        return None
    start = _shared(text, fixed)
    after = _shared(text[start:][::-1], fixed[start:][::-1])
    found, meant = text[start : len(text) - after], fixed[start : len(fixed) - after]
    return "utf-8-misread", f"has {found[:12]!r} where {meant[:6]!r} was meant", (start, len(text) - after)


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common from the start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _latin_1_hangul(text: str) -> Sign | None:
    """CP949 read as Latin-1: all accented letters stand in pairs that are Hangul."""
    runs = [found for found in LATIN_1_HANGUL.finditer(text) if len(set(found[0])) > 2]
    meant = [found[0].encode("latin-1").decode("euc_kr", "replace") for found in runs]
    accented = sum(character > "\x7f" for character in text)
    if not runs or not SYLLABLE.fullmatch(meant[0][0]) or sum(len(found[0]) for found in runs) < 0.6 * accented:
        return None
    return (
        "cp949-misread",
        f"has {runs[0][0][:12]!r} where {meant[0][:6]!r} was meant",
        (runs[0].start(), runs[-1].end()),
    )


def _rare_syllables(text: str) -> Sign | None:
    """UTF-8 read as CP949 gives syllables outside the 2,350 of KS X 1001, which hardly any Korean text uses."""
    syllables = list(SYLLABLE.finditer(text))
    rare = [found for found in syllables if len(found[0].encode("euc_kr", "replace")) > 2]
    if len({found[0] for found in rare}) < 3 or len(rare) < 0.4 * len(syllables):
        return None
    span = (rare[0].start(), rare[-1].end())
    return "utf-8-misread", f"has {text[slice(*span)][:12]!r}, Hangul that nobody writes", span


def _marks_for_letters(text: str) -> Sign | None:
    """Every letter that the target encoding lacked became a question mark: "??? ?? ????!"."""
    groups = list(MARK_GROUP.finditer(text))
    marks = sum(len(found[0]) for found in groups)
    lengths = {len(found[0]) for found in groups}
    letters = sum(character.isalpha() for character in text)
    if len(groups) < 3 or len(lengths) < 2 or marks < max(6, 2 * letters) or LETTERS_BEYOND_ASCII.search(text):
        return None
    span = (groups[0].start(), groups[-1].end())
    return "letters-lost", f"has question marks for letters: {text[slice(*span)][:20]!r}", span


def _lost_apostrophe(text: str) -> Sign | None:
    found = LOST_APOSTROPHE.search(text)
    return ("mark-lost", f"has {found[0]!r}, a question mark for an apostrophe", found.span()) if found else None


def _mac_roman(text: str) -> Sign | None:
    found = MAC_ROMAN.search(text)
    if found is None:
        return None
    meant = found[0].encode("mac_roman").decode("utf-8", "replace")
    return "utf-8-misread", f"has {found[0]!r} where {meant!r} was meant", found.span()


def _misread(text: str) -> Sign | None:
    found = MISREAD.search(text)
    if found is None:
        return None
    meant = MISREAD_MARK.get(found[0]) or MISREAD_LETTER.get(found[0], "a picture")
    return "utf-8-misread", f"has {found[0]!r} where {meant!r} was meant", found.span()


def _stray_sign(text: str) -> Sign | None:
    """A control character, a lone Â, a quote of another machine, or a letter that became two question marks."""
    for pattern, said in (
        (C1, "a control character for a quotation mark or a dash"),
        (LONE_A, "what is left of a no-break space"),
        (MAC_APOSTROPHE, "a quotation mark of an old Macintosh"),
        (LETTER_DOUBLY_LOST, "question marks for a letter"),
    ):
        if found := pattern.search(text):
            return "mark-misread", f"has {found[0]!r}, {said}", found.span()
    return None


def _written_out(text: str) -> Sign | None:
    """Bytes or code units that stand as escapes where the letters should be."""
    apart = covering(set_apart(text))
    for found in (*BYTES_WRITTEN_OUT.finditer(text), *UNITS_WRITTEN_OUT.finditer(text)):
        meant = _unescaped(found[0])
        if meant and not apart(*found.span()):
            return "escapes", f"has {found[0][:16]!r} where {meant[:6]!r} was meant", found.span()
    return None


def _unescaped(escapes: str) -> str:
    """What the escapes stand for, if it is letters; "" otherwise."""
    raw = [int(unit, 16) for unit in re.findall(r"[0-9a-fA-F]{2,4}", escapes)]
    if escapes[1] == "x":
        meant = bytes(raw).decode("utf-8", "replace")
    else:
        meant = b"".join(unit.to_bytes(2, "big") for unit in raw).decode("utf-16-be", "replace")
    return meant if meant.isalpha() else ""


def _split_syllables(text: str) -> Sign | None:
    for found in (*SPLIT_SYLLABLES.finditer(text), *HALF_WIDTH_JAMO.finditer(text)):
        if len(set(found[0]) - set("ㅠㅜㅡㅋㅎ")) > 4 or HALF_WIDTH_JAMO.match(found[0]):
            return "broken-hangul", f"has Hangul in pieces: {found[0][:12]!r}", found.span()
    composed = nfc(text)
    stray = set(MODERN_JAMO.findall(composed))
    if len(stray) > 3 and not OLD_HANGUL.search(composed):
        first = MODERN_JAMO.search(text)
        return "broken-hangul", "has Hangul letters that join to no syllable", first.span() if first else (0, 0)
    return None


LOOKS: tuple[Callable[[str], Sign | None], ...] = (
    _replacement,
    _latin_1_hangul,
    _reread,
    _mac_roman,
    _misread,
    _stray_sign,
    _written_out,
    _lost_apostrophe,
    _rare_syllables,
    _marks_for_letters,
    _split_syllables,
)
