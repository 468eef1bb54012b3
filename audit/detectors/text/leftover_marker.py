"""Template and control text that stayed in the data."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from itertools import accumulate
from typing import Literal

import pyarrow.compute as pc

from audit.detectors.text.markers import (
    ABOUT_MARKUP,
    ABOUT_MEANING,
    ASKS_FOR_PROMPTS,
    ASKS_FOR_QUESTIONS,
    ASKS_FOR_TASKS,
    CHOICES,
    CONVERSATION,
    ENDS_A_SENTENCE,
    HTML,
    KINDS,
    KINDS_OF_RE2,
    LETTER,
    LETTERED,
    NUMBERED_TASK,
    OTHER_HEADING,
    OTHER_LABEL,
    REPLY_TURN,
    STORY,
    TASK_FIELD,
    USER_TURN,
    WITH_SLOTS,
)
from audit.detectors.text.passages import composed, covering, matching_any, set_apart
from audit.engines.local import Engine
from audit.nouns.findings import Fact, Field, Finding, Observations
from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc

# The score of a marker that goes alone, of one that has other uses too, and of one that takes other text with it:
# `audit clean` asks before a cut that scores less than 0.9.
PLAIN, UNSURE, WITH_TEXT = 0.99, 0.85, 0.8
LACKS = 0.7  # of a text without the marker that nearly all others have
LEAST, LEAST_OF_ALL = 20, 3  # texts that have a form; fewer do where no text lacks it
FEW, FEW_OF = 3, 0.01  # texts, or their share, that lack a form and are named one by one
TOLD = 3  # rows that a fact names
NEAR = 300  # characters before and after a marker that its line is read for; a row may be one line of a megabyte

TASK_LENGTH = 2000  # characters of a task within which its input or output begins

NOT_BLANK = re.compile(r"\s*+\S")
FIELDS: tuple[Field, ...] = ("question", "answer")
OPENING_THOUGHT = re.compile(r"\s*+(<(?:think|thinking|thought|reasoning|scratchpad)>)", re.IGNORECASE)
THOUGHTS = ("<think>", "<thinking>", "<thought>", "<reasoning>", "<scratchpad>")

ANSWERS_ONLY = ("label", "question-and-answer", "next-task", "stop-word")
QUESTION = re.compile(r"\s*+(?:q|question|질문)[ \t]?[:：.]", re.IGNORECASE)
ARROW = re.compile(r"(?:-->|->|=>|→|⇒)\s*\Z")

VERBS = {"front": "begin with", "middle": "hold", "end": "end in"}
MENTIONED = ("control-token", "boundary", "thinking", "slot")

Place = Literal["front", "middle", "end"]


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
        if self.kind == "question-and-answer":
            return True
        closes = self.text.startswith(("[/", "</")) or self.kind in ("boundary", "thinking", "slot")
        return not closes and USER_TURN.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class Form:
    """A marker at one place of a field: what all texts of a set may have in common."""

    field: Field
    place: Place
    text: str


Seen = tuple[Finding, Form | None]


@dataclass(slots=True)
class Part:
    """What was seen in a slice: findings with the form that each is an instance of, and who has which form."""

    rows: int
    findings: list[Seen]
    having: dict[Form, list[int]]
    texts: Counter[Field]


def leftover_marker(corpus: Corpus, engine: Engine, *, form: float = 0.9) -> Observations:
    """Control tokens, prompt headings, boundary marks, role names and thinking tags left in a question or answer.

    The spans of one row never overlap. A marker that this share of the texts has at the same place (`form`; 0 for
    none) is the form of the set: it is no finding but a Fact, and where few texts lack it, they are findings.
    """
    findings: list[Seen] = []
    having: dict[Form, list[int]] = defaultdict(list)
    texts = Counter[Field]()
    at = 0
    for part in engine.map(_look, corpus.slices()):
        findings += [(replace(seen, row=seen.row + at), kind) for seen, kind in part.findings]
        for kind, rows in part.having.items():
            having[kind] += [row + at for row in rows]
        texts += part.texts
        at += part.rows
    forms = {kind: rows for kind, rows in having.items() if form and _is_form(len(rows), texts[kind.field], form)}
    formed = {(row, kind.field) for kind, rows in forms.items() if kind.text not in THOUGHTS for row in rows}
    for seen, marked in findings:
        if marked not in forms:
            in_part = (seen.row, seen.field) in formed  # what stays of it makes no sense alone
            yield replace(seen, score=min(seen.score or 0, UNSURE)) if in_part else seen
    if forms:
        yield from _of_the_set(corpus, forms, texts)


def _is_form(having: int, texts: int, share: float) -> bool:
    return having >= (LEAST_OF_ALL if having == texts else max(LEAST, share * texts))


def _look(corpus: Corpus) -> Part:
    seen = Part(len(corpus), [], defaultdict(list), Counter())
    for name in FIELDS:
        written = pc.match_substring_regex(corpus.column(name), r"\S")
        seen.texts[name] = pc.sum(written).as_py() or 0
    for position, answer in matching_any(corpus, "answer", KINDS_OF_RE2):
        _enter(seen, position, _in_answer(position, composed(corpus, "question", position), answer))
        if opening := OPENING_THOUGHT.match(answer):
            seen.having[Form("answer", "front", opening[1].lower())].append(position)
    for position, question in matching_any(corpus, "question", KINDS_OF_RE2):
        _enter(seen, position, _in_question(position, question))
    return seen


def _enter(seen: Part, position: int, observed: Iterable[Seen]) -> None:
    """Add what one text has, less findings that another one's span covers.

    A text that is cut in part is worse than one that is left alone, so all findings are as sure as the least sure one.
    """
    found = list(_apart(observed))
    least = min((finding.score or 0 for finding, _ in found), default=0)
    found = [(replace(finding, score=least), kind) for finding, kind in found]
    seen.findings += found
    for kind in {kind for _, kind in found if kind is not None and kind.text not in THOUGHTS}:
        seen.having[kind].append(position)


def _of_the_set(corpus: Corpus, forms: dict[Form, list[int]], texts: Counter[Field]) -> Observations:
    """One fact that says what form nearly all texts have, and the rows that lack it, if they are few."""
    told: list[str] = []
    lacking: dict[tuple[int, Field], list[str]] = defaultdict(list)
    for form, having in forms.items():
        of = texts[form.field]
        without = list(_without(corpus, form, having))
        share = f"{len(having):,} of {of:,}"
        rest = f", {len(without):,} lack it" if without else ""
        told.append(f"{len(having) / of:.1%} of the {form.field}s {VERBS[form.place]} {form.text!r} ({share}{rest})")
        if len(without) <= max(FEW, FEW_OF * of):
            for row in without:
                lacking[row, form.field].append(f"{form.text!r}, which {share} {form.field}s {VERBS[form.place]}")
    sentence = (
        f"{'; '.join(told)}: that is the format of this set, so nothing is cut; the template must not add it again"
    )
    value = [{**asdict(form), "rows": len(rows), "of": texts[form.field]} for form, rows in forms.items()]
    rows = tuple((row, "lacks it") for row, _ in list(lacking)[:TOLD])
    yield Fact("format", sentence, {"forms": value}, rows)
    for (row, field), what in lacking.items():
        yield Finding(row, f"the {field} lacks {'; '.join(what)}", LACKS, "lacks-form", field=field)


def _without(corpus: Corpus, form: Form, having: list[int]) -> Iterator[int]:
    """Rows whose field has text, and this marker nowhere."""
    others = sorted(set(range(len(corpus))).difference(having))
    for row, text in zip(others, corpus.at(form.field, others).to_pylist(), strict=True):
        if text.strip() and form.text not in _said(text):
            yield row


def _said(text: str) -> str:
    """A text as forms are compared."""
    return " ".join(nfc(text).lower().split())


def _apart(observed: Iterable[Seen]) -> Iterator[Seen]:
    """What was seen, in order, less findings that another one's span covers."""
    end = 0
    spans = ((seen[0].span or (0, 0), seen) for seen in observed)
    for (start, stop), seen in sorted(spans, key=lambda pair: (pair[0][0], -pair[0][1])):
        if start >= end:
            yield seen
            end = stop


def _in_answer(row: int, question: str, answer: str) -> Iterator[Seen]:
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
    places = _places(answer, markers)
    done = 0
    said = False  # whether the answer has begun
    for marker, reply in zip(markers, _next_replies(markers), strict=True):
        said = said or bool(answer[done : marker.start].strip())
        done = marker.end
        form = Form("answer", places[marker], _form_text(marker))
        if marker.kind == "thinking":
            yield _thought(row, answer, marker), form
        elif marker.kind == "next-task" or (
            said and _goes_on(answer, marker.end) and (marker.opens_user_turn or marker.kind == "role-name")
        ):
            turn = Marker(
                marker.kind if marker.kind == "next-task" else "second-turn", marker.start, len(answer), marker.text
            )
            yield _finding(row, "answer", answer, turn, said=True), None
            return
        elif marker.opens_user_turn and reply:
            prompt = Marker("whole-prompt", marker.start, reply.end, marker.text)
            yield _finding(row, "answer", answer, prompt, said=False), None
            done = reply.end
        else:
            found = _finding(row, "answer", answer, marker, said=said)
            yield _less_sure(found, marker, form.place, question), None if marker.kind == "slot" else form


def _less_sure(found: Finding, marker: Marker, place: Place, question: str) -> Finding:
    """The finding; with a lower score where the marker has other uses, or parts two texts."""
    letter = marker.kind == "label" and LETTER.match(marker.text) and not QUESTION.match(question)
    stop = marker.kind == "label" and place == "end"
    return replace(found, score=min(found.score or 0, UNSURE)) if letter or stop or place == "middle" else found


def _form_text(marker: Marker) -> str:
    text = _said(marker.text)
    return text[: text.find(">") + 1] if marker.kind == "thinking" and not text.startswith("</") else text


def _places(text: str, markers: list[Marker]) -> dict[Marker, Place]:
    """Whether each marker stands before all that is said, after it, or amid it."""
    places: dict[Marker, Place] = dict.fromkeys(markers, "middle")
    end = len(text)
    for marker in reversed(markers):
        if text[marker.end : end].strip():
            break
        places[marker], end = "end", marker.start
    start = 0
    for marker in markers:
        if text[start : marker.start].strip():
            break
        places[marker], start = "front", marker.end
    return places


def _next_replies(markers: list[Marker]) -> list[Marker | None]:
    """For each marker the next one after it at which an assistant speaks."""
    found: list[Marker | None] = []
    reply = None
    for marker in reversed(markers):
        found.append(reply)
        reply = marker if REPLY_TURN.search(marker.text) else reply
    return found[::-1]


def _in_question(row: int, question: str) -> Iterator[Seen]:
    composed_question = nfc(question)
    markers = [m for m in _markers(question, composed_question) if m.kind not in ANSWERS_ONLY]
    markers = [m for m in markers if m.kind != "slot" or question.strip() == m.text]
    if _has_other_labels(question, markers):
        markers = [m for m in markers if m.kind != "question-label"]
    roles = [m for m in markers if m.kind == "role-name"]
    dangling = {m for m in roles if not _goes_on(question, m.end)}
    lone = {m for m in roles if not _has_begun(question, m.start) and len(roles) - len(dangling) == 1}
    places = _places(question, markers)
    said = False
    for number, marker in enumerate(markers):
        said = said or bool(question[markers[number - 1].end if number else 0 : marker.start].strip())
        if marker.kind != "role-name" or marker in dangling or marker in lone:
            form = Form("question", places[marker], _form_text(marker))
            found = _finding(row, "question", question, marker, said=said)
            yield _less_sure(found, marker, form.place, question), form


def _is_unfilled(slot: str, *, question: str, answer: str) -> bool:
    """Whether a slot was to be filled: the question has none, and the answer is not written in such a notation."""
    text = nfc(slot)
    notation = text.startswith("{") and not text.startswith("{{") and answer.find("{", answer.find("{") + 1) > 0
    return not notation and text not in question and not WITH_SLOTS.search(question)


def _is_left_over(marker: Marker, question: str, answer: str) -> bool:
    """Whether a sign that has other uses too is left over here: "A:" before a choice, "(끝)" after a story."""
    text = nfc(marker.text)
    if marker.kind == "question-and-answer":
        asked = QUESTION.match(answer) or ASKS_FOR_QUESTIONS.search(question) or CHOICES.search(answer)
        return not asked and _has_begun(answer, marker.start)
    if marker.kind == "next-task":
        return _has_begun(answer, marker.start) and _is_next_task(marker, text, question, answer)
    if marker.kind == "label" and LETTER.match(text):
        return not LETTERED.search(question) and re.search(r"\bB\b", answer) is None
    if marker.kind != "label" or not _has_begun(answer, marker.start):
        return marker.kind != "question-label"
    before = answer[max(marker.start - NEAR, 0) : marker.start]
    notation = (text[0] not in "(（" and answer.count(text[0]) > 1) or ARROW.search(
        before
    ) is not None  # as in a chart: [Start] --> [End]
    goes_on = notation or (text.startswith(("(", "（")) and not _sentence_ended(before))
    return not goes_on and STORY.search(question) is None


def _is_next_task(marker: Marker, text: str, question: str, answer: str) -> bool:
    """Whether its fields follow under its number; without a number, whether the question asks for no such thing."""
    numbered = NUMBERED_TASK.match(text)
    if not numbered:
        return ASKS_FOR_TASKS.search(question) is None
    after = nfc(answer[marker.end : marker.end + TASK_LENGTH])
    field = rf"^[ \t]*{numbered[1]}[.)][ \t]*{TASK_FIELD}[ \t]*[:：]"
    follows = text.lower().endswith("input>") or re.search(field, after, re.IGNORECASE | re.MULTILINE) is not None
    return numbered[1] != "1" and follows and ASKS_FOR_PROMPTS.search(question) is None


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
    """Whether it asks about markers: it says so, or it asks what the one means that it mentions."""
    asked = _strip_markers(question)
    if ABOUT_MARKUP.search(asked):
        return True
    return ABOUT_MEANING.search(asked) is not None and any(
        _is_mentioned(question, *found.span()) for kind in MENTIONED for found in KINDS[kind].finditer(question)
    )


def _is_mentioned(question: str, start: int, end: int) -> bool:
    """Whether a marker is a word of its sentence: one before or after all that is asked belongs to a template."""
    if not _goes_on(question, end):
        return _has_begun(question, start) and not _sentence_ended(question[:start])
    attached = question[end].isalpha()
    return attached or (_has_begun(question, start) and "\n" not in (question[start - 1], question[end]))


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
        "next-task": f"the next task of a list follows the answer, from {marker.text!r} on",
        "slot": f"the slot {marker.text!r} of a template is not filled",
    }.get(marker.kind, f"the {marker.kind.replace('-', ' ')} {marker.text!r} is left in the {field}")
    span = _gapless(text, marker.start, marker.end, said=said)
    score = WITH_TEXT if marker.kind in ("second-turn", "next-task", "whole-prompt", "slot") else PLAIN
    return Finding(row, message, score, marker.kind, field=field, span=span)


def _gapless(text: str, start: int, end: int, *, said: bool) -> tuple[int, int]:
    """The span with the white space before it or, where nothing is said before it, after it: a cut leaves no gap."""
    while said and start and text[start - 1].isspace():
        start -= 1
    while not said and end < len(text) and text[end].isspace():
        end += 1
    return start, end
