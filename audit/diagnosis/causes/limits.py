"""Whether outputs without an end were cut by a limit of tokens, or never learned to end."""

from __future__ import annotations

from audit.nouns.verdicts import Decision, Diagnosis, Failure, Pile, Verdict
from audit.wording import percent

NARROW = 0.35  # (nine tenths less one tenth) / half: a limit of tokens lets characters differ by so much
ROOM = 0.02  # share of the training answers that are longer, below which the limit leaves room for all of them
TIGHT = 0.2  # and from which on many good answers cannot end


def by_lengths(diagnosis: Diagnosis, failure: Failure) -> Verdict | None:
    """What the lengths say of a limit: nothing where they do not pile up in any run."""
    piled = [pile for pile in diagnosis.piles if pile.failure == failure.name and _is_narrow(pile)]
    if not piled:
        return None
    decision: Decision = "cannot tell"
    if all(pile.longer >= TIGHT for pile in piled):
        decision = "supported"
    elif all(pile.longer <= ROOM for pile in piled):
        decision = "contradicted"
    limit = _limit(diagnosis)
    told = "; ".join(
        f"eight in ten of the {pile.count} outputs of {pile.run} that {failure.phrase} have {pile.low:.0f} to "
        f"{pile.high:.0f} characters, as if a limit{limit} had cut them, and {percent(pile.longer)} of the training "
        f"answers are longer than that"
        for pile in piled
    )
    step = f"answer the same prompts with a larger limit of tokens than{limit or ' now'}, then audit diagnose both"
    return Verdict(
        failure.name,
        "decoding",
        decision,
        told,
        n=sum(pile.count for pile in piled),
        evidence=tuple(f"piles: {pile.run}, {failure.name}" for pile in piled),
        settle=step,
        next_step="" if decision == "contradicted" else step,
        cost=1,
    )


def _is_narrow(pile: Pile) -> bool:
    return pile.middle > 0 and (pile.high - pile.low) / pile.middle <= NARROW


def _limit(diagnosis: Diagnosis) -> str:
    known = diagnosis.background.get("generate", {})
    limit = known.get("max_new_tokens") if isinstance(known, dict) else None
    return f" of {limit} tokens" if limit else ""
