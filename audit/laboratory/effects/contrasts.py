"""Which models a design lets one compare, and the one number of each that enters a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from audit.laboratory.effects.cube import Cube
from audit.nouns.trials import Trial

Floats = NDArray[np.float64]
PROMPT, TEXT = "prompt", "text"
Factors = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Sample:
    """The replicates of one effect.

    `values` (replicates x outcomes) are what a test compares: a mean of a model, or a difference within one. `labels`
    say which replicates have the second level, `blocks` which share all other levels. No labels: the values are
    differences from `before`, what the same models showed at the first level. `ids` name replicates.
    """

    factor: str
    first: str
    second: str
    within: str
    values: Floats
    questions: NDArray[np.int64]
    ids: tuple[int, ...]
    labels: tuple[int, ...] = ()
    blocks: tuple[int, ...] = ()
    before: Floats | None = None


Family = tuple[Sample, ...]  # effects whose p-values are corrected together


def families(cube: Cube, factors: Factors) -> Iterator[Family]:
    """Everything that the models can tell, by what is corrected together: all outcomes and levels of one factor.

    The effect of a training factor under each further prompt is a family of its own, beside the claim that a proof
    rests on, so that more prompts do not cost it power.
    """
    training = {name: levels for name, levels in factors.items() if name != PROMPT}
    prompts = range(1, len(cube.prompts))
    for name, levels in training.items():
        for p in range(len(cube.prompts)):
            yield tuple(
                sample for level in levels[1:] if (sample := _training(cube, factors, name, level, p)) is not None
            )
    yield tuple(sample for p in prompts if (sample := _prompt(cube, factors, p)) is not None)
    for name, levels in training.items():
        asked = ((level, p) for level in levels[1:] for p in prompts)
        yield tuple(s for level, p in asked if (s := _prompt_with(cube, factors, name, level, p)) is not None)
    for one, other in combinations(training, 2):
        pairs = ((a, b) for a in training[one][1:] for b in training[other][1:])
        yield tuple(s for a, b in pairs if (s := _two_way(cube, factors, (one, a), (other, b))) is not None)


def level_of(model: Trial, factor: str, factors: Factors) -> str:
    """The level of a training factor; the base where the model names none."""
    return model.levels.get(factor, factors[factor][0])


def settings(model: Trial, factors: Factors, without: Sequence[str] = ()) -> tuple[str, ...]:
    """Levels of all training factors but some: models with the same are seeds of one setting."""
    return tuple(level_of(model, name, factors) for name in factors if name != PROMPT and name not in without)


def _split(cube: Cube, factors: Factors, factor: str, level: str) -> tuple[list[int], list[int], list[int]]:
    """Places, labels and blocks of models at the base and at `level`, in blocks that hold both.

    In a star that is the base arm and one other; in a full factorial every block.
    """
    base = factors[factor][0]
    found: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for place, model in enumerate(cube.models):
        at = level_of(model, factor, factors)
        if at in (base, level):
            found.setdefault(settings(model, factors, (factor,)), []).append((place, int(at == level)))
    both = [block for _, block in sorted(found.items()) if {label for _, label in block} == {0, 1}]
    rows = [(place, label, at) for at, block in enumerate(both) for place, label in block]
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def _training(cube: Cube, factors: Factors, factor: str, level: str, prompt: int) -> Sample | None:
    rows, labels, blocks = _split(cube, factors, factor, level)
    if not rows:
        return None
    return _labelled(
        cube,
        names=(factor, factors[factor][0], level),
        within=", ".join([f"prompt {cube.prompts[prompt]}", *_fixed(cube, factors, rows, (factor,))]),
        values=cube.means[rows, prompt],
        rows=rows,
        labels=labels,
        blocks=blocks,
        prompt=prompt,
    )


def _prompt_with(cube: Cube, factors: Factors, factor: str, level: str, prompt: int) -> Sample | None:
    """Interaction of prompt and a training factor: the difference between prompts within a model is its value."""
    rows, labels, blocks = _split(cube, factors, factor, level)
    if not rows:
        return None
    return _labelled(
        cube,
        names=(f"{factor} x {PROMPT}", factors[factor][0], level),
        within=", ".join(
            [f"prompt {cube.prompts[prompt]} less {cube.prompts[0]}", *_fixed(cube, factors, rows, (factor,))]
        ),
        values=cube.means[rows, prompt] - cube.means[rows, 0],
        rows=rows,
        labels=labels,
        blocks=blocks,
        prompt=prompt,
    )


def _labelled(
    cube: Cube,
    *,
    names: tuple[str, str, str],
    within: str,
    values: Floats,
    rows: list[int],
    labels: list[int],
    blocks: list[int],
    prompt: int = 0,
) -> Sample:
    questions = cube.counts[rows, prompt].max(axis=0)
    return Sample(*names, within, values, questions, tuple(rows), tuple(labels), tuple(blocks))


def _prompt(cube: Cube, factors: Factors, prompt: int) -> Sample | None:
    """Differences between two prompts within each model; of models whose training text is the base, which they fit."""
    rows = [
        at
        for at, model in enumerate(cube.models)
        if TEXT not in factors or level_of(model, TEXT, factors) == factors[TEXT][0]
    ]
    if not rows:
        return None
    before, after = cube.means[rows, 0], cube.means[rows, prompt]
    return Sample(
        PROMPT,
        cube.prompts[0],
        cube.prompts[prompt],
        ", ".join(_fixed(cube, factors, rows, ())),
        after - before,
        np.minimum(cube.counts[rows, 0], cube.counts[rows, prompt]).max(axis=0),
        tuple(rows),
        before=before,
    )


def _two_way(cube: Cube, factors: Factors, one: tuple[str, str], other: tuple[str, str]) -> Sample | None:
    """Interaction of two training factors, where all four settings were trained.

    Models that differ in the first factor are paired in the order of their seeds; how their difference changes with
    the second factor is tested by swapping pairs. Main effects cancel within pairs and within labels, so the test is
    exact; relabelling single models would mix them in. Models without a partner are left out.
    """
    (factor, level), (second, its_level) = one, other
    cells: dict[tuple[tuple[str, ...], str, str], list[int]] = {}
    for place in sorted(range(len(cube.models)), key=lambda at: (cube.models[at].seed or 0, cube.models[at].key)):
        model = cube.models[place]
        rest = settings(model, factors, (factor, second))
        cells.setdefault((rest, level_of(model, factor, factors), level_of(model, second, factors)), []).append(place)
    pairs: list[tuple[int, int, int, int]] = []  # models at the base and the level of the first factor, label, block
    base, its_base = factors[factor][0], factors[second][0]
    for block, rest in enumerate(sorted({cell[0] for cell in cells})):
        found = [
            list(zip(cells.get((rest, base, at), ()), cells.get((rest, level, at), ()), strict=False))
            for at in (its_base, its_level)
        ]
        if all(found):
            pairs += [(a, b, label, block) for label, matched in enumerate(found) for a, b in matched]
    if not pairs:
        return None
    before, after = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return _labelled(
        cube,
        names=(f"{second} x {factor}", its_base, its_level),
        within=", ".join(
            [
                f"prompt {cube.prompts[0]}",
                f"{factor} {level} less {base}",
                *_fixed(cube, factors, before, (factor, second)),
            ]
        ),
        values=cube.means[after, 0] - cube.means[before, 0],
        rows=before,
        labels=[pair[2] for pair in pairs],
        blocks=[pair[3] for pair in pairs],
    )


def _fixed(cube: Cube, factors: Factors, rows: Sequence[int], without: Sequence[str]) -> Iterator[str]:
    """What the other training factors were: "rank 16", or "each rank" where the models have several."""
    for name in factors:
        if name != PROMPT and name not in without:
            levels = {level_of(cube.models[row], name, factors) for row in rows}
            yield f"{name} {levels.pop()}" if len(levels) == 1 else f"each {name}"
