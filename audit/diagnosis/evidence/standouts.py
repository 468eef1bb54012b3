"""What the outputs of a run do that training answers do not, found without being told what to look for.

Every sign is counted among the prompts of a run (several answers to one prompt are one prompt, which shows what most of
them show) and among the training answers, and tested (Fisher); all tests of all runs are corrected together (Benjamini
and Hochberg 1995). A sign that the rules know as a failure in the same outputs is not told again.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from shlex import quote

import numpy as np

from audit.diagnosis.evidence.runs import Run, by_prompt, share
from audit.nouns.reports import RuleFact
from audit.nouns.verdicts import Share
from audit.rows.corpus import Corpus
from audit.statistics import benjamini_hochberg, fisher_p
from audit.texts.folding import fold
from audit.texts.normal_forms import normal_form
from audit.wording import fraction, percent

FEWEST = 10  # prompts of a run below which nothing can be told
LEVEL = 0.01  # false discoveries expected
LEAST = 0.15  # difference of the shares: what is smaller, few would call a failure
COVERED = 0.8  # share of the outputs with a sign that a known failure has, too
BASE = 5_000  # training answers that outputs are held against; the share in more is no other
SHOWN = 3  # outputs quoted for each sign
COMMON = 0.1  # share of the outputs that begin or end so, before it is a sign to be tested
OWN = 30  # characters of an answer that belongs to one question
FRAME = 4  # words that outputs have in common
GRAM, READ = 5, 2_000  # letters (jamo) of the longest gram that is compared, and characters of a text
CROWD, AWAY = 100, 0.2  # questions that a prompt is held against, and the share of them that must not be nearer

Texts = Sequence[str]
Marks = list[bool]

EMOJI = r"[\u2600-\u27bf\U0001f000-\U0001faff]"
# A sign: what outputs that show it do, and the pattern that shows it, which is also a --failure of one's own.
PATTERNS = {
    "begin with an emoji": rf"\A\s*{EMOJI}",
    "are nothing but emoji": rf"\A(?:\s|{EMOJI}|[\ufe0f\u200d])+\Z",
    "hold HTML": r"</?(?:p|div|br|span|b|i|u|a|li|ul|ol|strong|em|table|tr|td|h[1-6]|img)\b[^<>]*>",
    "hold a heading of Markdown": r"(?:\A|\n)#{1,6} \S",
    "hold bold text": r"\*\*[^*\n]+\*\*",
    "hold a code block": r"```",
    "hold a list": r"(?:\A|\n)\s*(?:[-*•]|\d{1,2}[.)]) \S[^\n]*\n\s*(?:[-*•]|\d{1,2}[.)]) \S",
    "hold a link": r"https?://|www\.",
    "think aloud": r"</?(?:think|thinking|reasoning)>",
    "stand in quotation marks": r"\A\s*[\"“‘「『'][\s\S]*[\"”’」』']\s*\Z",
    "hold a line break": r"\S\s*\n\s*\S",
    "hold JSON": r"\A\s*[{\[]\s*[\"{\[]",
    "hold several marks in a row": r"[!?~]{3,}|…{2,}|ㅋ{4,}|ㅠ{3,}",
    "hold Hangul": r"[가-힣]",
    "hold Latin words": r"[A-Za-z]{3,}",
    "hold Chinese or Japanese": r"[\u3040-\u30ff\u4e00-\u9fff]",
    "end without a mark": r"[\w가-힣]\s*\Z",
}


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that texts may show: what they then do, and which of them do, each beside its prompt.

    `pattern` where a pattern tells it.
    """

    phrase: str
    shows: Callable[[Texts, Texts], Marks] = field(repr=False)
    pattern: str = ""
    fixed: bool = False  # whether it is the same sign for every run


@dataclass(frozen=True, slots=True)
class Standout:
    """A sign that the outputs of a run show more often than training answers: shares, p, and outputs that show it."""

    run: str
    phrase: str
    outputs: Share
    training: Share
    p: float
    examples: tuple[str, ...]
    pattern: str = ""


def standouts(
    runs: Sequence[Run], trained: Corpus, corpus: Corpus, failures: Mapping[str, Sequence[str]]
) -> tuple[list[Standout], int]:
    """What stands out in the last checkpoints, and how many signs were looked at.

    What a pattern tells comes before other signs, and then the largest difference first.
    `trained`: the rows that were trained on, of `corpus`, which has the others as well. `failures`: of each run those
    that it shows, by name.
    """
    tellable = [run for run in runs if len(set(run.last.prompts)) >= FEWEST]
    base = _Base(_some(trained))
    if not tellable or len(base.answers) < FEWEST:
        return [], 0
    of_all = (
        Sign("give the answer of another row", _answered(corpus), fixed=True),
        Sign("have little to do with the prompt", _astray(base.questions, base.answers), fixed=True),
    )
    found: list[tuple[Standout, Marks]] = []
    looked = 0
    for run in tellable:
        table = run.last.table
        prompts, said = table.column("prompt").to_pylist(), table.column("said").to_pylist()
        known = [table.column(name).to_pylist() for name in failures.get(run.name, ())]
        for sign in (*_signs(prompts, said, base.answers), *of_all):
            looked += 1
            marks = sign.shows(prompts, said)
            mine = share(by_prompt(run.last.prompts, marks).values())
            if fraction(mine) < LEAST or _covered(marks, known):
                continue
            beside = base.share(sign)
            if fraction(mine) - fraction(beside) < LEAST:
                continue
            p = fisher_p(mine.count, mine.of - mine.count, beside.count, beside.of - beside.count)
            shown = tuple(text for text, mark in zip(said, marks, strict=True) if mark)[:SHOWN]
            found.append((Standout(run.name, sign.phrase, mine, beside, p, shown, sign.pattern), marks))
    p_values = [one.p for one, _ in found] + [1.0] * (looked - len(found))
    kept = benjamini_hochberg(np.array(p_values), LEVEL) if p_values else np.zeros(0, bool)
    told = [one for one, keep in zip(found, kept, strict=False) if keep]
    told.sort(key=lambda one: (not one[0].pattern, fraction(one[0].training) - fraction(one[0].outputs)))
    return list(_once(told)), looked


class _Base:
    """Training rows that outputs are held against, each sign counted once for all runs."""

    def __init__(self, rows: Corpus) -> None:
        self.questions, self.answers = rows.texts("question"), rows.texts("answer")
        self._known: dict[str, Share] = {}

    def share(self, sign: Sign) -> Share:
        """How many of the rows show it."""
        name = sign.pattern or (sign.phrase if sign.fixed else "")
        if name in self._known:
            return self._known[name]
        found = share(sign.shows(self.questions, self.answers))
        if name:
            self._known[name] = found
        return found


def _some(trained: Corpus) -> Corpus:
    """As many rows as are needed, by their ids, which have nothing to do with what the rows say."""
    if len(trained) <= BASE:
        return trained
    order = np.argsort(np.array(trained.column("id").to_pylist()), kind="stable")
    return trained.take(np.sort(order[:BASE]).tolist())


def _once(found: Sequence[tuple[Standout, Marks]]) -> Iterator[Standout]:
    """Each sign, unless one before it says the same of the same outputs."""
    told: dict[str, list[Marks]] = {}
    for one, marks in found:
        if not _covered(marks, told.setdefault(one.run, [])):
            told[one.run].append(marks)
            yield one


def as_fact(found: Sequence[Standout]) -> RuleFact:
    """What stands out, in sentences, each with the option that makes it a failure of its own."""
    lines = [_sentence(one) for one in found]
    value = {"found": [{"run": one.run, "does": one.phrase, "p": one.p, "pattern": one.pattern} for one in found]}
    return RuleFact("diagnose", "stands-out", "\n".join(lines), value)


def _sentence(one: Standout) -> str:
    shares = f"{percent(fraction(one.outputs))} against {percent(fraction(one.training))} of the training answers"
    quoted = f", such as {json.dumps(one.examples[0][:60], ensure_ascii=False)}" if one.examples else ""
    option = f"; as a failure: --failure {quote(f'own={of_re2(one.pattern)}')}" if one.pattern else ""
    return f"the outputs of {one.run} also {one.phrase} ({shares}{quoted}){option}"


def of_re2(pattern: str) -> str:
    """A pattern of this file as RE2 reads it."""
    named = re.sub(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8}))", lambda found: chr(int(found[1] or found[2], 16)), pattern)
    return named.replace(r"\Z", r"\z")


def _covered(marks: Marks, known: Sequence[Sequence[bool | None]]) -> bool:
    """Whether the outputs that show it are those that show a known failure, and most others do not show that."""
    size = sum(marks)
    for one in known:
        both = sum(a and bool(b) for a, b in zip(marks, one, strict=True))
        others = sum(map(bool, one)) - both
        if both >= COVERED * max(size, 1) and 2 * others <= len(marks) - size:
            return True
    return False


def _signs(prompts: Texts, said: Texts, answers: Texts) -> Iterator[Sign]:
    """Everything that is looked at: fixed patterns, and what these outputs begin, end and are filled with."""
    for phrase, pattern in PATTERNS.items():
        yield Sign(phrase, _matching(pattern), pattern)
    for opener in _common(_opener(text) for text in said):
        pattern = rf"\A\s*{re.escape(opener)}"
        yield Sign(f"begin with {opener!r}", _matching(pattern), pattern)
    for closer in _common(text.rstrip()[-1:] for text in said):
        if not closer.isalnum():
            pattern = rf"{re.escape(closer)}\s*\Z"
            yield Sign(f"end with {closer!r}", _matching(pattern), pattern)
    for frame in _frames(said):
        pattern = r"\s+".join(map(re.escape, frame.split()))
        yield Sign(f"have the words {frame!r}", _matching(pattern), pattern)
    lengths = np.array([len(text) for text in answers])
    short, long = (float(np.quantile(lengths, share)) for share in (0.05, 0.95))
    yield Sign(f"are shorter than {short:.0f} characters", _if(lambda text: len(text) < short))
    yield Sign(f"are longer than {long:.0f} characters", _if(lambda text: len(text) > long))
    yield Sign("begin with the prompt", _echoes, fixed=True)
    often = {text for text, count in Counter(map(fold, said)).items() if count >= max(3, COMMON * len(set(prompts)))}
    yield Sign("say the same to many prompts", _if(lambda text: fold(text) in often))


def _if(shows: Callable[[str], bool]) -> Callable[[Texts, Texts], Marks]:
    """A sign of the text alone."""
    return lambda _, texts: [shows(text) for text in texts]


def _answered(corpus: Corpus) -> Callable[[Texts, Texts], Marks]:
    """Whether a text is the answer that rows of the data give to other questions alone; short ones are nobody's."""
    asked: dict[str, set[str]] = {}
    for question, answer in zip(corpus.texts("question"), corpus.texts("answer"), strict=True):
        asked.setdefault(fold(answer), set()).add(fold(question))
    return lambda prompts, texts: [
        len(text) >= OWN and fold(prompt) not in asked.get(fold(text), {fold(prompt)})
        for prompt, text in zip(prompts, texts, strict=True)
    ]


def _astray(questions: Texts, answers: Texts) -> Callable[[Texts, Texts], Marks]:
    """Whether a fifth of the training questions are nearer to a text than its own prompt is, by letters they share.

    Meaning is not read: a good answer may share nothing with its question. But then training answers do not either.
    The letters are those of NFD, as in audit.likeness.tfidf, whose weights hang on all texts that are compared: here
    outputs and training answers have to be measured with the same ones.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # takes long to import

    letters = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(2, GRAM),
        sublinear_tf=True,
        preprocessor=lambda text: normal_form("NFD", fold(text[:READ])),
        dtype=np.float32,
    )
    try:
        letters.fit([*questions, *answers])
    except ValueError:  # no letters at all
        return lambda _, texts: [False] * len(texts)
    distinct = sorted(set(questions), key=lambda text: blake2b(text.encode(), digest_size=8).digest())
    crowd = letters.transform(distinct[:CROWD]).T.tocsc()

    def astray(prompts: Texts, texts: Texts) -> Marks:
        said = letters.transform(texts)
        own = np.asarray(said.multiply(letters.transform(prompts)).sum(axis=1)).reshape(-1, 1)
        others = (said @ crowd).toarray()
        nearer = (others > own).mean(axis=1) + (others == own).mean(axis=1) / 2
        return [bool(share >= AWAY) for share in nearer]

    return astray


def _matching(pattern: str) -> Callable[[Texts, Texts], Marks]:
    compiled = re.compile(pattern)
    return _if(lambda text: compiled.search(text[:20_000]) is not None)


def _opener(text: str) -> str:
    """The first word, or the signs in front of it."""
    found = re.match(r"\s*([^\w\s]{1,5} ?|\w+)", text)
    return found[1] if found else ""


def _common(parts: Iterator[str]) -> list[str]:
    counts = Counter(parts)
    del counts[""]
    least = max(3, COMMON * counts.total())
    return sorted(part for part, count in counts.items() if count >= least)


def _frames(said: Texts) -> list[str]:
    """Word sequences that many outputs share, the most frequent ones that are no part of each other's outputs."""
    counts: Counter[str] = Counter()
    for text in said:
        words = text.split()
        counts.update({" ".join(words[at : at + FRAME]) for at in range(len(words) - FRAME + 1)})
    least = max(3, 2 * COMMON * len(said))
    return [frame for frame, count in counts.most_common(3) if count >= least]


def _echoes(prompts: Texts, texts: Texts) -> Marks:
    pairs = zip(map(fold, prompts), map(fold, texts), strict=True)
    return [len(asked) >= 8 and answered.startswith(asked) for asked, answered in pairs]
