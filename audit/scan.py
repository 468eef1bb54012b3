"""`audit scan`: apply the rules to the rows and say what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.nouns.dialogue import Progress, nobody_watches

if TYPE_CHECKING:
    from audit.nouns.reports import Report


def scan(
    data: Any,
    *,
    question: str | None = None,
    answer: str | None = None,
    split: str | None = None,
    trusted: str | None = None,
    lenient: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    encoder: str = "auto",
    encode_up_to: int | None = None,
    cache: Path | None = None,
    baseline: Path | None = None,
    rules_from: Sequence[str | Path] = (),
    workers: int = 0,
    engine: str = "local",
    address: str | None = None,
    memory: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Scan a file, folder, hub name, DataFrame, Dataset or Corpus and report every fault that the rules find.

    `question`, `answer` and `split` name columns where their names do not tell; `trusted` names a column or file of
    rows that the user vouches for. `select` and `ignore` take names of rules or families; `settings` maps a rule to
    the settings to change. `encoder` is auto, none or a sentence-transformers model; above `encode_up_to` different
    texts (None: 20,000) rules go by letters alone or say nothing of meaning; `cache` is a folder for vectors.
    `baseline` is a file of decisions: findings that a person rejected there are left out. `rules_from` are folders of
    rules of your own, whose detectors are run; they count in every verb from here on.
    `engine` is local (this machine, in `workers` processes) or ray (the cluster at `address`, or one that is started
    here); the report is the same on both, whatever the number of workers.
    `memory`: how much a scan may take, such as "2GB": the rows then lie in a file that is mapped, and rules that
    compare rows are left out, with a note, where they would not fit.
    `progress` is called with stage, done and total.

    Raises AuditError where the input cannot be read or a name is unknown.
    """
    from audit.engines.choice import engine_of, within_reach
    from audit.inspection.assembly import assemble
    from audit.inspection.memory_bound import room_of
    from audit.inspection.observation import inspect
    from audit.likeness.signals import CachedSignals
    from audit.rows.corpus import Corpus, load
    from audit.rows.formats.limits import rows_up_to
    from audit.rulebook.outside import include
    from audit.rulebook.pages import choose, fingerprints, left_out
    from audit.workspace.decisions import read
    from audit.workspace.runs import digest

    include(*rules_from)
    rules = choose(select, ignore, settings or {})
    workers = workers if address else within_reach(workers)
    tell, room = progress or nobody_watches, room_of(memory, workers)
    tell("reading", 0, 0)
    decisions = read(baseline) if baseline else {}
    sha256 = digest(data) if isinstance(data, str | Path) else ""
    if isinstance(data, Corpus):
        corpus = data
    else:
        keep = room.keep(cache and cache.parent)
        with rows_up_to(room.longest_row):
            corpus = load(
                data, question=question, answer=answer, split=split, trusted=trusted, lenient=lenient, keep=keep
            )
    signals = CachedSignals(encoder, cache, encode_up_to, progress=partial(tell, "encoding"))
    fit = room.fit(rules, corpus, signals.most)
    with engine_of(engine, workers, address) as place:
        observed = inspect(corpus, fit.rules, place, signals, tell, most=fit.findings)
    failed = observed.failed()
    silent = observed.silence(corpus, decisions)
    findings = "finding is" if silent == 1 else "findings are"
    notes = [*left_out(), *(f"{rule} {why}" for rule, why in failed.items()), *([fit.left_out] if fit.left_out else [])]
    notes += [f"{silent:,} {findings} silent, as {baseline} rejects them"] if silent else []
    options: dict[str, Any] = {
        "question": question,
        "answer": answer,
        "split": split,
        "trusted": trusted,
        "lenient": lenient,
        "select": list(select),
        "ignore": list(ignore),
        "settings": {name: dict(values) for name, values in (settings or {}).items()},
        "encoder": encoder,
        "encode_up_to": encode_up_to,
    }
    options |= {"rules": own} if (own := fingerprints(rules)) else {}
    ran = [rule for rule in fit.rules if rule.name not in failed]
    report = assemble(corpus, ran, observed, notes=(*signals.notes, *notes), options=options, sha256=sha256)
    if not fit.left_out:
        return report
    return replace(report, summary=f"{report.summary}; rules that compare rows did not fit in --memory {memory}")
