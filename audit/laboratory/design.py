"""From what a person wants tried to a plan: levels that are named, else those that recipe and data suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from audit.laboratory.materials import CLEAN, RAW, recipe_for
from audit.laboratory.plan import Plan, override, prompts_of, read_plan, scaled, texts_of
from audit.laboratory.sets import Sets, fingerprint
from audit.nouns.dialogue import AuditError
from audit.rulebook.failures import outcomes

MODELS_AT_MOST = 400


@dataclass(frozen=True)
class Wanted:
    """What to try; empty where the recipe and the data say it. See plan.Plan for what the words mean."""

    recipe: Path | None = None
    model: str | None = None
    data: Sequence[str] = ()
    ranks: Sequence[int] = ()
    texts: Sequence[str] = ()
    prompts: Mapping[str, str] = field(default_factory=dict)
    asked: Sequence[str] = ()
    seeds: int = 5
    design: str = "star"
    fix: str = "scale"
    margin: float = 0.1
    outcomes: Sequence[str] = ()
    train: Mapping[str, Any] = field(default_factory=dict)
    generate: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = Path()


def read_wanted(path: Path) -> tuple[Wanted, str | None]:
    """What a plan file asks for, and the data that it names; paths in it are relative to its folder."""
    raw = read_plan(path)
    factors, folder = raw.get("factors", {}), path.parent
    given = {
        name: raw[name]
        for name in ("model", "seeds", "design", "fix", "margin", "outcomes", "train", "generate")
        if name in raw
    }
    wanted = Wanted(
        recipe=folder / raw["recipe"] if "recipe" in raw else None,
        data=factors.get("data", ()),
        ranks=factors.get("rank", ()),
        texts=factors.get("text", ()),
        asked=factors.get("prompt", ()),
        prompts=raw.get("prompts", {}),
        folder=folder,
        **given,
    )
    return wanted, str(folder / raw["data"]) if "data" in raw else None


def wanted_levels(wanted: Wanted, cleaned: str | None) -> list[str]:
    """The levels of data, the base first: those that were named, else raw, and clean where there is a cleaned copy."""
    return list(wanted.data) or [RAW, *([CLEAN] if cleaned else [])]


def make_plan(wanted: Wanted, sets: Sets) -> Plan:
    """The plan, checked. AuditError names what does not fit."""
    _check(wanted)
    recipe, model = recipe_for(wanted.recipe, wanted.model, None, wanted.train)
    recipe = override(recipe, {}, wanted.generate)
    ranks = [int(rank) for rank in wanted.ranks] or [recipe.lora.rank]
    if not recipe.lora.scale or ranks[0] != recipe.lora.rank:
        recipe = replace(recipe, lora=scaled(recipe.lora, ranks[0]))
    data, notes = _different(sets)
    known = texts_of(recipe)
    texts = tuple(wanted.texts) or tuple(known)
    if missing := [text for text in texts if text not in known]:
        raise AuditError(
            f"text {missing[0]!r}: there are: {', '.join(known)} (repaired only where a check knows a fault)"
        )
    prompts = prompts_of(recipe, wanted.prompts)
    if missing := [name for name in wanted.asked if name not in prompts]:
        raise AuditError(f"prompt {missing[0]!r}: there are: {', '.join(prompts)}; others go into [prompts]")
    prompts = {name: prompts[name] for name in wanted.asked or prompts}
    factors = {"data": data, "rank": tuple(str(rank) for rank in ranks), "text": texts}
    plan = Plan(
        recipe,
        model,
        factors,
        prompts,
        seeds=wanted.seeds,
        design="full" if wanted.design == "full" else "star",
        fix="alpha" if wanted.fix == "alpha" else "scale",
        margin=wanted.margin,
        outcomes=tuple(wanted.outcomes),
        notes=(f"model: {model}, recipe: {recipe.name}", *notes),
    )
    if len(plan.arms()) * plan.seeds > MODELS_AT_MOST:
        raise AuditError(
            f"{len(plan.arms())} arms of {plan.seeds} models are more than {MODELS_AT_MOST}; ask for fewer levels"
        )
    return plan


def _different(sets: Sets) -> tuple[tuple[str, ...], list[str]]:
    """Levels whose training rows differ; one that is the base again would be trained for nothing."""
    kept: dict[str, str] = {}
    notes = []
    for name, rows in sets.training.items():
        text = fingerprint(rows)
        same = next((other for other, known in kept.items() if known == text), None)
        if same is None:
            kept[name] = text
        else:
            notes.append(
                f"data {name} has the training rows of {same}: what it repairs is not trained on, so it is not tried"
            )
    return tuple(kept), notes


def _check(wanted: Wanted) -> None:
    known = outcomes()
    if wanted.design not in ("star", "full"):
        raise AuditError(f"design must be star or full; found {wanted.design!r}")
    if wanted.fix not in ("scale", "alpha"):
        raise AuditError(f"fix must be scale or alpha; found {wanted.fix!r}")
    if not isinstance(wanted.seeds, int) or wanted.seeds < 1:
        raise AuditError(f"seeds is how many models each arm has, 1 or more; found {wanted.seeds!r}")
    if not 0 < wanted.margin < 1:
        raise AuditError(f"margin is a difference of rates between 0 and 1; found {wanted.margin!r}")
    if unknown := [name for name in wanted.outcomes if name not in known]:
        raise AuditError(f"outcome {unknown[0]!r} is not known; there are: {', '.join(known)}")
