"""Template and control text that stayed in the data."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import accumulate

from audit.detectors.text.markers import (
    ABOUT_MARKUP,
    ABOUT_MEANING,
    CONVERSATION,
    ENDS_A_SENTENCE,
    HTML,
    KINDS,
    KINDS_OF_RE2,
    LETTER,
    LETTERED,
    OTHER_HEADING,
    OTHER_LABEL,
    REPLY_TURN,
    STORY,
    USER_TURN,
    WITH_SLOTS,
)
from audit.detectors.text.passages import composed, covering, matching_any, set_apart
from audit.engines.local import Engine
from audit.nouns.findings import Fact, Field, Finding, Observations
from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc

# The score of a marker that goes alone, and of one that takes other text with it: `audit clean` asks before a cut that
# scores less than 0.9.
PLAIN, WITH_TEXT = 0.99, 0.8
FEW, LACKING = 20, 25  # rows that a format has at least; rows without it that are named
NEAR = 300  # characters before and after a marker that its line is read for; a row may be one line of a megabyte

IN_BRACKETS = re.compile(r"\[[^\W\d_]+\]")
NOT_BLANK = re.compile(r"\s*+\S")


Form = tuple[str, str, str]  # field, marker, place


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker: its kind, where it stands, and its text."""

    kind: str
    start: int
    end: int
    text: str

    @property
    def opens_user_turn(self) -> bool:
        """Whether a user speaks after it."""
        if self.kind in ("question-and-answer", "next-example"):
            return True
        closes = self.text.startswith(("[/", "</")) or self.kind in ("boundary", "thinking", "slot")
        return not closes and USER_TURN.search(self.text) is not None


def leftover_marker(
    corpus: Corpus,
    engine: Engine,  # noqa: ARG001 - asked for: what is the format of the set, all rows say together
    *,
    format_share: float = 0.5,
) -> Observations:
    """Control tokens, prompt headings, boundary marks, role names and thinking tags left in a question or answer.

    The spans of one row never overlap. A marker that more than `format_share` of the rows have in the same place (in
    front, at the end, between) is the format of the set and no fault: a Fact says so, with the rows that lack it.
    """
    found: list[Finding] = []
    for position, answer in matching_any(corpus, "answer", KINDS_OF_RE2):
        found += _apart(_in_answer(position, composed(corpus, "question", position), answer))
    for position, question in matching_any(corpus, "question", KINDS_OF_RE2):
        found += _apart(_in_question(position, question))
    forms = defaultdict(set)
    for finding in found:
        forms[_form(corpus, finding)].add(finding.row)
    usual = {form for form, rows in forms.items() if len(rows) > max(format_share * len(corpus), FEW)}
    for form in sorted(usual):
        yield _format(corpus, form, forms[form])
    yield from (finding for finding in found if not usual or _form(corpus, finding) not in usual)


def _form(corpus: Corpus, finding: Finding) -> Form:
    """What the marker is, which text has it, and where in it."""
    text = corpus.column(finding.field)[finding.row].as_py()
    start, end = finding.span or (0, 0)
    place = "in front" if not text[:start].strip() else "at the end" if not text[end:].strip() else "between"
    whole = finding.because not in (
        "second-turn",
        "whole-prompt",
        "lone-thought",
    )  # which take text of the row with them
    return finding.field, " ".join(text[start:end].split()) if whole else finding.because, place


def _format(corpus: Corpus, form: Form, rows: set[int]) -> Fact:
    """What the format is, and the rows that lack it."""
    field, marker, place = form
    lack = [row for row in range(len(corpus)) if row not in rows]
    sentence = (
        f"{len(rows):,} of {len(corpus):,} {field}s have {marker!r} {place}: that is the format of the set, and "
        "nothing is cut. If the template of the training puts it there too, it comes twice"
    )
    if lack:
        sentence += f". {len(lack):,} rows lack it"
    value = {"marker": marker, "place": place, "rows": len(rows), "of": len(corpus), "lack": len(lack)}
    return Fact(
        f"format-{field}-{place.replace(' ', '-')}", sentence, value, tuple((row, "lacks it") for row in lack[:LACKING])
    )


def _apart(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings in order, less those that another one's span covers."""
    end = 0
    spans = ((finding.span or (0, 0), finding) for finding in findings)
    for (start, stop), finding in sorted(spans, key=lambda pair: (pair[0][0], -pair[0][1])):
        if start >= end:
            yield finding
            end = stop


def _in_answer(row: int, question: str, answer: str) -> Iterator[Finding]:
    is_slot = cache(partial(_is_unfilled, question=question, answer=answer))  # of a text, wherever it stands
    markers = [
        m
        for m in _markers(answer, question)
        if (is_slot(m.text) if m.kind == "slot" else _is_left_over(m, question, answer))
    ]
    if CONVERSATION.search(question) or _has_other_labels(answer, markers):
        markers = [m for m in markers if m.kind not in ("role-name", "label", "question-and-answer")]
    asked = _strip_markers(question).lower()
    markers = [m for m in markers if not (_heads(m, answer) and _names(asked, m))]
    done = 0
    said = False  # whether the answer has begun
    for marker, reply in zip(markers, _next_replies(markers), strict=True):
        said = said or bool(answer[done : marker.start].strip())
        done = marker.end
        if marker.kind == "thinking":
            yield _thought(row, answer, marker)
        elif said and _goes_on(answer, marker.end) and (marker.opens_user_turn or marker.kind == "role-name"):
            turn = Marker("second-turn", marker.start, len(answer), marker.text)
            yield _finding(row, "answer", answer, turn, said=True)
            return
        elif marker.opens_user_turn and reply:
            prompt = Marker("whole-prompt", marker.start, reply.end, marker.text)
            yield _finding(row, "answer", answer, prompt, said=False)
            done = reply.end
        else:
            yield _finding(row, "answer", answer, marker, said=said)


def _next_replies(markers: list[Marker]) -> list[Marker | None]:
    """For each marker the next one after it at which an assistant speaks."""
    found: list[Marker | None] = []
    reply = None
    for marker in reversed(markers):
        found.append(reply)
        reply = marker if REPLY_TURN.search(marker.text) else reply
    return found[::-1]


def _in_question(row: int, question: str) -> Iterator[Finding]:
    composed_question = nfc(question)
    markers = [m for m in _markers(question, composed_question) if m.kind not in ("label", "question-and-answer")]
    markers = [m for m in markers if m.kind != "slot" or question.strip() == m.text]
    if _has_other_labels(question, markers):
        markers = [m for m in markers if m.kind != "question-label"]
    roles = [m for m in markers if m.kind == "role-name"]
    dangling = {m for m in roles if not _goes_on(question, m.end)}
    lone = {m for m in roles if not _has_begun(question, m.start) and len(roles) - len(dangling) == 1}
    said = False
    for number, marker in enumerate(markers):
        said = said or bool(question[markers[number - 1].end if number else 0 : marker.start].strip())
        if marker.kind != "role-name" or marker in dangling or marker in lone:
            yield _finding(row, "question", question, marker, said=said)


def _is_unfilled(slot: str, *, question: str, answer: str) -> bool:
    """Whether a slot was to be filled: the question has none, and the answer is not written in such a notation."""
    text = nfc(slot)
    notation = text.startswith("{") and not text.startswith("{{") and answer.find("{", answer.find("{") + 1) > 0
    return not notation and text not in question and not WITH_SLOTS.search(question)


def _is_left_over(marker: Marker, question: str, answer: str) -> bool:
    """Whether a sign that has other uses too is left over here: "A:" before a choice, "(끝)" after a story."""
    text = nfc(marker.text)
    if marker.kind == "next-example":
        return _has_begun(answer, marker.start) and re.search(r"instruction|prompt|지시|명령", question) is None
    if marker.kind == "question-and-answer":  # one that is numbered goes on with a list of them
        numbered = re.match(r"\W*[^\W\d]+ ?\d", text) is not None
        return _has_begun(answer, marker.start) and not numbered and len(KINDS[marker.kind].findall(answer)) == 1
    if marker.kind == "label" and LETTER.match(text):
        return not LETTERED.search(question) and re.search(r"\bB\b", answer) is None
    if marker.kind != "label" or not _has_begun(answer, marker.start):
        return marker.kind != "question-label"
    if text.startswith("[") and len(IN_BRACKETS.findall(answer)) > 1:  # "[Start] --> [End]" draws a chart
        return False
    goes_on = text.startswith(("(", "（")) and not _sentence_ended(answer[: marker.start])
    return not goes_on and STORY.search(question) is None


def _has_begun(text: str, start: int) -> bool:
    """Whether there is more than white space before a place."""
    return start > 0 and NOT_BLANK.match(text, 0, start) is not None


def _goes_on(text: str, end: int) -> bool:
    """Whether there is more than white space after a place."""
    return NOT_BLANK.match(text, end) is not None


def _sentence_ended(text: str) -> bool:
    """Whether what comes next is a sentence of its own: the text is blank, or ends in a mark or a line of its own."""
    said = text.rstrip()
    return not said or "\n" in text[len(said) :] or ENDS_A_SENTENCE.match(said[-1]) is not None


def _markers(text: str, question: str) -> list[Marker]:
    """The markers that are neither code, nor quoted, nor talked about, in their order."""
    apart = covering(set_apart(text))
    found = sorted(
        (
            Marker(kind, *match.span(), match[0].strip())
            for kind, pattern in KINDS.items()
            for match in pattern.finditer(text)
        ),
        key=lambda m: (m.start, -m.end),
    )
    found = [m for m in found if not apart(m.start, m.end)]
    ends = accumulate((m.end for m in found), max, initial=0)
    found = [m for m, end in zip(found, ends, strict=False) if m.start >= end]
    found = _without_pairs(text, found)
    if any(m.kind == "prompt-heading" for m in found) and _has_other_headings(text):
        found = [m for m in found if m.kind != "prompt-heading"]
    about = _is_about_markers(question) if found else False
    return [m for m in found if not _talked_about(m, text, about)]


def _without_pairs(text: str, markers: list[Marker]) -> list[Marker]:
    """Less thinking tags that come in pairs, and struck-through text (`<s>…</s>` in HTML)."""
    paired: set[Marker] = set()
    opened: list[Marker] = []
    for marker in (m for m in markers if m.kind == "thinking" and not _is_empty_thought(m)):
        if not marker.text.startswith("</"):
            opened.append(marker)
        elif opened:
            paired |= {opened.pop(), marker}
    markers = [m for m in markers if m not in paired]
    strikes = [m for m in markers if m.text.lower() in ("<s>", "</s>")]
    in_turn = [m.text.lower() for m in strikes] == ["<s>", "</s>"] * (len(strikes) // 2)
    around = text[: strikes[0].start] + text[strikes[-1].end :] if strikes else ""
    wraps = len(strikes) == 2 and not _strip_markers(around).strip()
    if HTML.search(text) or (strikes and in_turn and not wraps):
        markers = [m for m in markers if m.text.lower() not in ("<s>", "</s>")]
    return markers


def _is_empty_thought(marker: Marker) -> bool:
    return not marker.text.startswith("</") and "</" in marker.text


def _is_about_markers(question: str) -> bool:
    asked = _strip_markers(question)
    if ABOUT_MARKUP.search(asked) is not None:
        return True
    inside = any(
        re.search(r"\w[^\n]*\Z", question[: found.start()]) and _goes_on(question, found.end())
        for pattern in KINDS.values()
        for found in pattern.finditer(question)
    )
    return inside and ABOUT_MEANING.search(asked) is not None


def _talked_about(marker: Marker, text: str, about: bool) -> bool:
    """Whether the row is about such markers; one after the end of the last sentence is left over none the less."""
    begun, goes_on = _has_begun(text, marker.start), _goes_on(text, marker.end)
    if begun and not goes_on and _sentence_ended(text[: marker.start]):
        return False
    if about or not (begun and goes_on):
        return about
    before = text[max(marker.start - NEAR, 0) : marker.start].rpartition("\n")[2]
    after = text[marker.end : marker.end + NEAR].partition("\n")[0]
    return (
        ABOUT_MARKUP.search(before + after) is not None
        and ABOUT_MARKUP.search(_strip_markers(before + after)) is not None
    )


def _strip_markers(text: str) -> str:
    for pattern in KINDS.values():
        text = pattern.sub(" ", text)
    return text


def _has_other_headings(text: str) -> bool:
    return OTHER_HEADING.search(KINDS["prompt-heading"].sub("", text)) is not None


def _has_other_labels(text: str, markers: list[Marker]) -> bool:
    """Whether lines carry other labels too, as in `Name: …`, `Role: …`: then `User:` is one of them."""
    roles = {m.start for m in markers if m.kind in ("role-name", "label", "question-label")}
    return any(found.start() not in roles for found in OTHER_LABEL.finditer(text)) if roles else False


def _heads(marker: Marker, answer: str) -> bool:
    """Whether it is a word with a colon or in brackets at the front, as a heading that was asked for may be."""
    return (
        marker.kind in ("label", "role-name") and not LETTER.match(marker.text) and not _has_begun(answer, marker.start)
    )


def _names(asked: str, marker: Marker) -> bool:
    """Whether the question has the word of such a heading."""
    word = nfc(marker.text).strip("[]【】<>*:： ").lower()
    return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", asked) is not None


def _thought(row: int, answer: str, marker: Marker) -> Finding:
    """A lone tag with its thought; one that has nothing before or after it to go with it is cut out alone."""
    start, end = marker.start, marker.end
    before, after = _has_begun(answer, start), _goes_on(answer, end)
    if _is_empty_thought(marker):
        message = f"{marker.text[: marker.text.find('>') + 1]} holds no thought"
    elif not marker.text.startswith("</") and after:
        message, end = f"{marker.text} is never closed: what follows it is no answer", len(answer)
    elif marker.text.startswith("</") and before and after:
        message, start = f"{marker.text} closes a thought that was never opened: what stands before it is no answer", 0
    else:
        message = f"{marker.text} stands alone"
    alone = (start, end) == (marker.start, marker.end)
    because, score = ("thinking", PLAIN) if alone else ("lone-thought", WITH_TEXT)
    return Finding(row, message, score, because, span=_gapless(answer, start, end, said=start > 0))


def _finding(row: int, field: Field, text: str, marker: Marker, *, said: bool) -> Finding:
    message = {
        "second-turn": f"another turn begins in the answer, at {marker.text!r}",
        "whole-prompt": f"the answer begins with the whole prompt, from {marker.text!r} on",
        "slot": f"the slot {marker.text!r} of a template is not filled",
    }.get(marker.kind, f"the {marker.kind.replace('-', ' ')} {marker.text!r} is left in the {field}")
    span = _gapless(text, marker.start, marker.end, said=said)
    score = WITH_TEXT if marker.kind in ("second-turn", "whole-prompt", "slot", "bare-boundary") else PLAIN
    return Finding(row, message, score, marker.kind, field=field, span=span)


def _gapless(text: str, start: int, end: int, *, said: bool) -> tuple[int, int]:
    """The span with the white space before it or, where nothing is said before it, after it: a cut leaves no gap."""
    while said and start and text[start - 1].isspace():
        start -= 1
    while not said and end < len(text) and text[end].isspace():
        end += 1
    return start, end
