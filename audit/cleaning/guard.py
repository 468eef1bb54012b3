"""Stop before a rule removes more of the data than anybody would expect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from audit.cleaning.settlement import Settled
from audit.likeness.matching import excerpt
from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Patch
from audit.rows.corpus import Corpus
from audit.rulebook.pages import Rule

TOO_MANY = 0.1  # of the records: what a rule may remove before somebody has to look
PAIRS = 3  # of marginal rows that are shown
STEPS = 4  # between the threshold and 1, at which the count is shown


def refuse_excess(settled: Settled, corpus: Corpus, rules: Sequence[Rule]) -> None:
    """Raises AuditError, with pairs near the threshold and what other thresholds give, where a rule goes too far."""
    messages = list(excesses(settled, corpus, rules))
    if messages:
        raise AuditError(*messages, "Look at them (audit clean --dry-run), and if you agree add --yes")


def excesses(settled: Settled, corpus: Corpus, rules: Sequence[Rule]) -> Iterator[str]:
    """A few lines on each rule that removes more than a tenth of the records."""
    total = corpus.source.records
    thresholds = {rule.name: rule.all_settings.get("threshold") for rule in rules}
    by_rule: dict[str, dict[int, Patch]] = {}
    for _, patch in settled.patches:
        if patch.action != "edit":
            by_rule.setdefault(patch.rule, {}).setdefault(patch.record, patch)
    for rule, patches in sorted(by_rule.items()):
        if len(patches) > TOO_MANY * total:
            share = len(patches) / total
            yield f"{rule} would remove {len(patches):,} of {total:,} rows ({share:.1%}), which is more than a tenth"
            yield from _moves(rule, list(patches.values()), thresholds.get(rule))
            yield from _pairs(patches, corpus)


def _moves(rule: str, patches: Sequence[Patch], threshold: float | None) -> Iterator[str]:
    """How many would go at higher thresholds."""
    if threshold is None:
        return
    steps = [threshold + (1 - threshold) * step / STEPS for step in range(STEPS + 1)]
    counts = [f"{step:.2f}: {sum((patch.score or 0) >= step - 1e-9 for patch in patches):,}" for step in steps]
    yield f"  by threshold, about: {', '.join(counts)} (in audit.toml: [rules.{rule}] threshold = {steps[1]:.2f})"


def _pairs(patches: Mapping[int, Patch], corpus: Corpus) -> Iterator[str]:
    """The least sure of the rows that would go, each beside the one that stays."""
    marginal = sorted(patches.values(), key=lambda patch: (patch.score or 0, patch.record))[:PAIRS]
    named = {name for patch in marginal for name in (patch.row, patch.kept)}
    place = {name: at for at, name in enumerate(corpus.texts("id")) if name in named}
    for patch in marginal:
        score = "" if patch.score is None else f" (score {patch.score:.2f})"
        yield f"  {_row(corpus, place[patch.row])}{score}"
        if patch.kept in place:
            yield f"    beside {_row(corpus, place[patch.kept])}"


def _row(corpus: Corpus, position: int) -> str:
    row = corpus.row(position)
    where = f"line {row.line}" if row.line else f"row {row.id}"
    texts = " → ".join(excerpt(text, 50) for text in (row.question, row.answer))
    return f"{where}: {''.join(c if c.isprintable() else '�' for c in texts)}"
