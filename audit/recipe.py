"""`audit recipe check`: apply the rules about recipes and say what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.nouns.reports import Report, RuleResult
    from audit.recipes.lint import Linted
    from audit.recipes.recipe_file import Recipe
    from audit.rows.corpus import Corpus

ANSWERS = {"error": "not yet", "warning": "with care", "note": "yes"}
SUMMARIES = {
    "error": "training or serving like this goes wrong",
    "warning": "training or serving like this is worth a look first",
    "note": "nothing stands in the way, and something is worth knowing",
}


def check(
    recipes: Sequence[Path | Recipe],
    data: Any,
    *,
    tokenizer: str | None = None,
    question: str | None = None,
    answer: str | None = None,
    split: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> Report:
    """Check recipes (paths or Recipe) against the rows that they train on.

    `data` and the names of its columns are as in `scan`. `tokenizer` is a folder with tokenizer.json, or the name of a
    model in the local cache of the hub; without it only texts are compared. Several recipes are compared as well.

    Raises AuditError where a recipe, the data or the tokenizer cannot be read, or a name is unknown.
    """
    from audit.recipes.lint import lint
    from audit.recipes.recipe_file import Recipe, read_recipe
    from audit.recipes.tokenizer import read_tokenizer
    from audit.rows.corpus import Corpus, load
    from audit.rulebook.pages import choose

    rules = choose(select, ignore, settings or {}, subject="recipe")
    read = [recipe if isinstance(recipe, Recipe) else read_recipe(recipe) for recipe in recipes]
    reader = read_tokenizer(tokenizer) if tokenizer else None
    corpus = data if isinstance(data, Corpus) else load(data, question=question, answer=answer, split=split)
    linted = lint(rules, read, corpus, reader)
    options = {"recipes": [asdict(recipe) for recipe in read], "tokenizer": tokenizer}
    return _report(linted, corpus, options)


def _report(linted: Linted, corpus: Corpus, options: Mapping[str, Any]) -> Report:
    from importlib.metadata import version

    import pyarrow as pa

    from audit.inspection.assembly import data_summary
    from audit.nouns.reports import Report, RuleFact
    from audit.repairs.proposals import to_table

    results = _results(linted, len(corpus))
    worst = max((result.severity for result in results if result.findings), key=lambda s: s.rank, default=None)
    steps = [fact.sentence for seen in linted.seen for fact in seen.facts if fact.name.startswith("corrected-")]
    found = sorted((r for r in results if r.findings), key=lambda r: -r.severity.rank)
    named = {row for seen in linted.seen for f in seen.findings for row in (f.row, *f.related) if row >= 0}
    names = ", ".join(result.name for result in found if result.severity is worst)
    return Report(
        command="recipe check",
        tool=f"audit {version('sft-audit')}",
        data=data_summary(corpus, ""),
        answer=ANSWERS[worst.value] if worst else "yes",
        summary=f"{SUMMARIES[worst.value]} ({names})" if worst else f"none of the {len(results)} rules found a fault",
        rules=results,
        facts=tuple(
            RuleFact(seen.rule.name, fact.name, fact.sentence, fact.value)
            for seen in linted.seen
            for fact in seen.facts
        ),
        notes=corpus.source.notes + linted.notes,
        next_steps=(*steps, *(f"audit explain {result.name}" for result in found[:1])),
        findings=_findings(linted, corpus),
        rows=corpus.take(sorted(named)).table.drop_columns(["trusted"]),
        per_row=pa.table({}),
        patches=to_table([]),
        options=options,
    )


def _results(linted: Linted, rows: int) -> tuple[RuleResult, ...]:
    """One result for each rule that ran; its severity is that of its gravest finding."""
    from audit.nouns.reports import RuleResult
    from audit.nouns.verdicts import Share
    from audit.statistics import wilson_interval

    results = []
    for rule in linted.rules:
        mine = [(seen, finding) for seen in linted.seen if seen.rule is rule for finding in seen.findings]
        hit = len({finding.row for _, finding in mine if finding.row >= 0})
        severity = max((seen.severity(f) for seen, f in mine), key=lambda s: s.rank, default=rule.severity)
        results.append(
            RuleResult(
                name=rule.name,
                family=rule.family,
                title=rule.title,
                severity=severity,
                repair=rule.repair,
                safe=rule.safe,
                settings=rule.all_settings,
                findings=len(mine),
                rows=Share(hit, rows, *wilson_interval(hit, rows)),
            )
        )
    return tuple(results)


def _findings(linted: Linted, corpus: Corpus) -> Any:
    """A table as that of a scan, with `recipe` and `place` added; a finding about no row has nulls there."""
    import pyarrow as pa

    schema = pa.schema(
        [
            *((name, pa.string()) for name in ("rule", "severity", "recipe", "place", "row")),
            *((name, pa.int64()) for name in ("record", "line", "turn")),
            *((name, pa.string()) for name in ("split", "message")),
            ("score", pa.float64()),
            ("because", pa.string()),
            *((name, pa.int64()) for name in ("start", "end")),
            ("related", pa.list_(pa.string())),
        ]
    )
    rows = []
    for seen in linted.seen:
        for finding in seen.findings:
            start, end = finding.span or (None, None)
            severity = seen.severity(finding).value
            entry: dict[str, Any] = {"rule": seen.rule.name, "severity": severity, "recipe": seen.recipe}
            entry |= {name: getattr(finding, name) for name in ("place", "message", "score", "because")}
            place = corpus.table.slice(finding.row, 1).to_pylist()[0] if finding.row >= 0 else {}
            entry |= {"row": place.get("id")} | {name: place.get(name) for name in ("record", "line", "turn", "split")}
            related = [corpus.row(row).id for row in finding.related]
            rows.append({**entry, "start": start, "end": end, "related": related})
    return pa.Table.from_pylist(rows, schema)
