"""The suspect "data": did the training answers teach it."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from audit.diagnosis.causes.failures import agree, failures, rows_of, showing, together
from audit.diagnosis.evidence.copied_rows import SOURCE
from audit.nouns.verdicts import Decision, Diagnosis, Estimate, Failure, Link, Rate, Share, Verdict
from audit.rulebook.pages import rulebook
from audit.wording import chance, counted, percent

# The data is the main cause of a rate of which it accounts for half. It may well be amplified: enumerators in 30 % of
# 286 training answers came out in 53 % of the answers to the right prompt (Gemma 3 270M, one epoch), 1.8 times.
MAIN = 0.5
PART = 0.1  # what accounts for less is no part that a person would clean for
LEAST = 3  # training answers with the mark: no verdict rests on one row


def data(diagnosis: Diagnosis) -> Iterator[Verdict]:
    """One verdict for each failure; unrelated copies are held against the marks of the rows that they come from."""
    for failure in failures(diagnosis):
        rates = showing(diagnosis, failure.name)
        if failure.place == "copy":
            yield _of_copies(diagnosis, failure)
        elif (base := rates[0].training) is None:
            yield Verdict(
                failure.name,
                "data",
                "not tested",
                f"training answers have nothing that could be compared with outputs that {failure.phrase}",
                n=rates[0].generated.of,
                settle="training on the cleaned rows, and audit diagnose again",
                cost=2,
            )
        else:
            yield _of_rate(diagnosis, failure, rates, base)


def _clean(diagnosis: Diagnosis, failure: Failure) -> str:
    """The command that mends such training answers, or shows them where no repair is known."""
    data = quote(str(diagnosis.background.get("data") or "DATA"))
    rule = rulebook().get(failure.name)
    if rule and rule.subject == "rows":
        if rule.repair:
            return f"audit clean {data} --select {rule.name}, then train again"
        return f"audit scan {data} --select {rule.name}, then audit review, then train again"
    if failure.place == "beginning":
        return f"audit clean {data} --select numbers, then train again"
    return f"mend the training answers that {failure.phrase} in {data}, then train again"


def _of_rate(diagnosis: Diagnosis, failure: Failure, rates: list[Rate], base: Share) -> Verdict:
    decision = agree(map(_decide, rates))
    top = rates[0]
    outputs = " and ".join(
        f"{percent(rate.generated.count / rate.generated.of)} of the outputs of {rate.run} ({counted(rate.generated)})"
        for rate in rates
    )
    because = (
        f"{percent(base.count / base.of)} of the training answers {failure.phrase} "
        f"({counted(base)}), and {outputs}: {_accounts(rates)}"
    )
    return Verdict(
        failure.name,
        "data",
        decision,
        because,
        effect=top.explained,
        p=top.p,
        n=top.generated.of + base.of,
        evidence=rows_of("rates", rates),
        settle="audit clean, then training on the cleaned rows with everything else equal",
        next_step=_clean(diagnosis, failure) if decision == "supported" else "",
        cost=2,
        part=decision == "supported" and all(_high(rate) < MAIN for rate in rates),
    )


def _decide(rate: Rate) -> Decision:
    low, high = rate.explained.low, rate.explained.high
    if high is not None and high < MAIN:
        part = rate.training is not None and rate.training.count >= LEAST and low is not None and low >= PART
        return "supported" if part else "contradicted"
    return "supported" if low is not None and low >= MAIN else "cannot tell"


def _accounts(rates: list[Rate]) -> str:
    lows = [rate.explained.low or 0.0 for rate in rates]
    highs = [_high(rate) for rate in rates]
    if max(highs) < MAIN and agree(map(_decide, rates)) == "supported":
        part = f"{percent(min(lows))} to {percent(max(highs))}"
        return f"the data accounts for {part} of them, a part, and something else for the rest"
    if max(highs) < MAIN:
        return f"the data accounts for {percent(max(highs))} of them at most, so it is not their main cause"
    return f"the data accounts for {percent(min(*lows, 1.0))} to {percent(max(highs))} of them"


def _high(rate: Rate) -> float:
    """The most that the data may account for."""
    return 1.0 if rate.explained.high is None else min(rate.explained.high, 1.0)


def _of_copies(diagnosis: Diagnosis, failure: Failure) -> Verdict:
    """Rows with a mark that are copied more often than others put the data under suspicion."""
    links = [link for link in diagnosis.links if link.unit == "training rows" and link.first == SOURCE]
    over = [link for link in links if together(link)]
    top = min(over or links, key=lambda link: link.p, default=None)
    return Verdict(
        failure.name,
        "data",
        "supported" if over else "cannot tell",
        "; ".join((*_sinks(diagnosis), _because(top, bool(over)))),
        effect=top.odds if top else Estimate(),
        p=top.p if top else None,
        n=top.both + top.only_first + top.only_second + top.neither if top else 0,
        evidence=tuple(f"links: {link.run}, {link.first}, {link.second}" for link in over or links),
        settle="training without the rows that are copied most, with everything else equal",
        next_step=f"audit clean --select {top.second}: the copied rows have this mark" if over and top else "",
        cost=2,
    )


def _sinks(diagnosis: Diagnosis) -> Iterator[str]:
    for row in diagnosis.sources:
        if row.sink:
            marks = f" ({', '.join(row.marks)})" if row.marks else ""
            yield f"{row.run} copies training row {row.position}{marks} to {row.unrelated} unrelated prompts"


def _because(link: Link | None, over: bool) -> str:
    if link is None:
        return "no mark of the training rows could be held against being copied"
    sources, marked = link.both + link.only_first, link.both + link.only_second
    rows = sources + link.only_second + link.neither
    said = "copied rows have it more often" if over else "no sign that such rows are copied more"
    return (
        f"of {sources} different training rows that {link.run} copies to unrelated prompts, {link.both} "
        f"{'has' if link.both == 1 else 'have'} the mark {link.second}, as {marked} of all {rows:,} do "
        f"({chance(link.p_adjusted)} after Holm): {said}"
    )
