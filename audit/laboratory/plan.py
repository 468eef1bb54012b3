"""What an experiment tries: factors and their levels, the arms that are trained, and the job of each model."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_type_hints

from audit.laboratory.training.job import Job
from audit.nouns.dialogue import AuditError
from audit.recipes.layout import prompt_to_serve
from audit.recipes.mended_text import repaired
from audit.recipes.recipe_file import (
    ALPHA_PER_ROOT_RANK,
    QUESTION,
    Generation,
    Lora,
    Recipe,
    Training,
    as_declared,
    wrong_type,
)
from audit.rulebook.failures import beginnings

Levels = Mapping[str, str]
TRAINED = ("data", "rank", "text")  # factors whose levels cost a training
SCALE = 2.0  # LoRA's alpha / rank where no recipe says it, as in the defaults of TRL and LLaMA-Factory
SERVED, TRAIN = "served", "train"
KEYS: Mapping[str, Any] = {  # of a plan file, with what stands under each
    **dict.fromkeys(("recipe", "model", "data", "design", "fix"), str),
    "seeds": int,
    "margin": float,
    "outcomes": tuple[str, ...],
    **dict.fromkeys(("factors", "prompts", "train", "generate"), dict),
}


@dataclass(frozen=True)
class Plan:
    """An experiment before it starts.

    `factors`: factor -> levels, the base first. Levels of data name corpora, those of prompt `prompts`. `design`:
    "star" tries each level alone against the base, "full" all combinations. `seeds`: models of each arm. `fix`: what
    stays the same when the rank moves: LoRA's "scale" (alpha / rank), or "alpha".
    """

    recipe: Recipe
    model: str
    factors: Mapping[str, tuple[str, ...]]
    prompts: Mapping[str, str]
    seeds: int = 5
    design: Literal["star", "full"] = "star"
    fix: Literal["scale", "alpha"] = "scale"
    margin: float = 0.1
    outcomes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def arms(self) -> list[dict[str, str]]:
        """The level of each trained factor, arm by arm, the base first."""
        levels = {name: self.factors[name] for name in TRAINED}
        base = {name: values[0] for name, values in levels.items()}
        if self.design == "full":
            return [dict(zip(levels, values, strict=True)) for values in product(*levels.values())]
        return [base, *({**base, name: value} for name, values in levels.items() for value in values[1:])]


def prompts_of(recipe: Recipe, named: Mapping[str, str]) -> dict[str, str]:
    """The prompts to ask with: as served, as in training, and those that were named; equal texts once."""
    found = {SERVED: recipe.prompt.served, TRAIN: prompt_to_serve(recipe.prompt), **named}
    for name, text in found.items():
        if text and text.count(QUESTION) != 1:
            raise AuditError(f"[prompts] {name}: {QUESTION} must stand in it once; found {text!r}")
    kept: dict[str, str] = {}
    for name, text in found.items():
        if text and text not in kept.values():
            kept[name] = text
    return kept


def texts_of(recipe: Recipe) -> dict[str, Any]:
    """The training texts to try: as in the recipe, and repaired where a check knows a fault."""
    mended, changed = repaired(recipe.prompt)
    return {"recipe": recipe.prompt, **({"repaired": mended} if changed else {})}


def job_of(plan: Plan, levels: Levels, seed: int, paths: Mapping[str, Path], prints: Mapping[str, str]) -> Job:
    """The job that trains one model of an arm and asks it."""
    text = texts_of(plan.recipe)[levels["text"]]
    data = levels["data"]
    return Job(
        model=plan.model,
        prompt=replace(text, served=plan.recipe.prompt.served),
        lora=scaled(plan.recipe.lora, int(levels["rank"]), plan.fix),
        train=plan.recipe.train,
        generate=plan.recipe.generate,
        prompts=plan.prompts,
        seed=seed,
        data=str(paths[data]),
        questions=str(paths["questions"]),
        vocabulary=str(paths["vocabulary"]),
        fingerprints={"data": prints[data], **{name: prints[name] for name in ("questions", "vocabulary")}}
        | _of_folder(plan.model),
        begins={name: beginning.token for name, beginning in beginnings().items()},
    )


def untrained_job(job: Job) -> Job:
    """The same questions to the model as it was before training."""
    prints = {name: text for name, text in job.fingerprints.items() if name != "data"}
    return replace(job, untrained=True, data="", lora=Lora(), fingerprints=prints, seed=0)


def _of_folder(model: str) -> dict[str, str]:
    """A fingerprint of a model's files by name, size and time: enough to see that a folder was replaced."""
    folder = Path(model)
    if not folder.is_dir():
        return {}
    parts = sorted(path for path in folder.iterdir() if path.is_file())
    listed = "\n".join(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in parts)
    return {"model": sha256(listed.encode()).hexdigest()[:16]}


def scaled(lora: Lora, rank: int, fix: str = "scale") -> Lora:
    """The adapter with another rank: with LoRA's scale as it was, or with its alpha as it was."""
    if rank < 1:
        raise AuditError(f"--rank {rank}: a rank is 1 or more")
    if fix == "alpha" and lora.alpha:
        return replace(lora, rank=rank)
    scale = lora.scale or SCALE
    alpha = scale * (rank**0.5 if lora.scaling == ALPHA_PER_ROOT_RANK else rank)
    return replace(lora, rank=rank, alpha=alpha)


def seed_of(levels: Levels, number: int) -> int:
    """The seed of the `number`-th model of an arm: arms share none, so that their models are independent."""
    text = json.dumps(dict(sorted(levels.items())), ensure_ascii=False)
    return int(sha256(text.encode()).hexdigest()[:6], 16) * 100 + number


def read_plan(path: Path) -> dict[str, Any]:
    """What a plan file says, checked key by key; AuditError with the file, and the nearest key or what was meant."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise AuditError(f"{path}: no such plan") from None
    except ValueError as error:
        raise AuditError(f"{path}: not a toml file: {error}") from None
    except RecursionError:
        raise AuditError(f"{path}: not a plan: its tables are nested too deeply") from None
    for problem in _problems(raw):
        raise AuditError(f"{path}: {problem}")
    return raw


def _problems(raw: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a plan, a sentence each."""
    for key, value in raw.items():
        if key not in KEYS:
            yield _unknown(key, list(KEYS))
        elif problem := wrong_type(value, KEYS[key]) if KEYS[key] is not dict else _no_table(value, key):
            yield f"{key} must be {problem}; found {value!r}"
    yield from _table_problems("train", Training, raw.get("train", {}))
    yield from _table_problems("generate", Generation, raw.get("generate", {}))
    for name, text in raw.get("prompts", {}).items():
        if not isinstance(text, str):
            yield f"[prompts] {name} must be a text; found {text!r}"
    yield from _factor_problems(raw.get("factors", {}))


def _table_problems(table: str, kind: type, values: Mapping[str, Any]) -> Iterator[str]:
    hints = get_type_hints(kind)
    for key, value in values.items():
        if key not in hints:
            yield _unknown(key, list(hints), f"[{table}] ")
        elif problem := wrong_type(value, hints[key]):
            yield f"[{table}] {key} must be {problem}; found {value!r}"


def _factor_problems(factors: Mapping[str, Any]) -> Iterator[str]:
    for key, levels in factors.items():
        if key not in (*TRAINED, "prompt"):
            yield _unknown(key, [*TRAINED, "prompt"], "[factors] ")
            continue
        what = "whole numbers" if key == "rank" else "names"
        alike = isinstance(levels, list) and {type(level) for level in levels} == {int if key == "rank" else str}
        if not alike or len(set(levels)) < len(levels):
            yield f"[factors] {key} must be a list of different {what}, the base first; found {levels!r}"


def _no_table(value: Any, key: str) -> str:
    return "" if isinstance(value, dict) else f"a table [{key}]"


def _unknown(key: str, known: list[str], where: str = "") -> str:
    near = get_close_matches(key, known, 1, 0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    return f"{where}has no key {key!r}; {hint}" if where else f"a plan has no key {key!r}; {hint}"


def override(recipe: Recipe, train: Mapping[str, Any], generate: Mapping[str, Any]) -> Recipe:
    """The recipe with some settings replaced; a new length of answers overrules both ways of saying it."""
    if "max_new_tokens" in generate:
        generate = {"max_length": 0, **generate}
    train, generate = as_declared(Training, train), as_declared(Generation, generate)
    return replace(recipe, train=replace(recipe.train, **train), generate=replace(recipe.generate, **generate))
