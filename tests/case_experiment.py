"""Run the experiment on the case and keep its figures: `python tests/case_experiment.py FOLDER` (an hour).

What was trained in FOLDER before is not trained again. No text of the case goes into reports/.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

from audit.experiment import experiment
from audit.laboratory.design import read_wanted
from audit.reporting.renderers import json
from audit.reporting.screen import experiment_screen as screen
from audit.reporting.screen.progress import TrialBars

HERE = Path(__file__).parent.parent
CASE = HERE.parent / "shared" / "case"
REPORTS = HERE / "reports" / "case"


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("train.csv", "recipe.toml"):
        shutil.copyfile(CASE / name, folder / name)
    shutil.copyfile(Path(__file__).parent / "case_plan.toml", folder / "plan.toml")
    wanted, data = read_wanted(folder / "plan.toml")
    with TrialBars() as watch:
        report = experiment(str(data), wanted, at_once=2, watch=watch)
    assert report.experiment is not None
    prompts = dict.fromkeys(report.experiment.prompts, "")  # their texts are the case's
    figures = replace(
        report.experiment, examples=(), prompts=prompts, trials=tuple(_bare(t) for t in report.experiment.trials)
    )
    plain = replace(
        report, experiment=figures, rows=report.rows.slice(0, 0), data=replace(report.data, name="the case")
    )
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / "experiment.txt").write_text(screen.render_text(plain, show=0, width=80), encoding="utf-8")
    (REPORTS / "experiment.json").write_text(json.render(plain), encoding="utf-8")


def _bare(trial):
    """A trial without what depends on this machine's clock and folders."""
    return replace(trial, adapter="", seconds=0.0, peak_bytes=0)


if __name__ == "__main__":
    main()
