"""What one process is asked to do: train one adapter, or take one that exists, and put questions to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from audit.recipes.recipe_file import Generation, Lora, Prompt, Training

LOWER = "lower --batch-size first, then --max-length, then --rank, or take a smaller --model"  # where memory ends
EPOCHS, BATCH = 3.0, 8  # where no recipe says it
VERSION = 1  # of what a job means: raised when the same job would give other numbers


@dataclass(frozen=True)
class Job:
    """One model and what it is asked.

    `data`, `questions`: Parquet files with the columns question and answer; `vocabulary`: one with a column text, the
    texts that the embedding must be able to spell ("" keeps it whole). `prompts`: name -> served prompt with
    {question}. `adapter`: a folder to ask instead of training ("" trains, `untrained` does neither). The fingerprints
    are those of the tables, and of the model's files where they are local. `begins`: name of a probability -> what the
    first token matches.
    """

    model: str
    prompt: Prompt
    lora: Lora
    train: Training
    generate: Generation
    prompts: Mapping[str, str]
    seed: int = 0
    adapter: str = ""
    untrained: bool = False
    data: str = ""
    questions: str = ""
    vocabulary: str = ""
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    device: str = "auto"
    threads: int = 1
    trust_remote_code: bool = False
    report_to: str = "none"
    begins: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Address by content of the trained model: equal jobs have equal keys, wherever their files are."""
        made: dict[str, Any] = {"model": self.model, "device": self.device, "threads": self.threads, "version": VERSION}
        prints = {name: text for name, text in self.fingerprints.items() if name != "questions"}
        if self.adapter or self.untrained:
            return _digest({**made, "adapter": self.adapter, "fingerprints": prints})
        learned = asdict(replace(self.prompt, served="", stop=()))  # what serving does changes no training
        trained = {"prompt": learned, "lora": asdict(self.lora), "train": asdict(self.train), "seed": self.seed}
        return _digest({**made, **trained, "fingerprints": prints})

    @property
    def asking(self) -> str:
        """Address by content of the answers: those of one model to these questions under these prompts."""
        asked: dict[str, Any] = {
            "prompts": dict(self.prompts),
            "generate": asdict(self.generate),
            "prompt": asdict(self.prompt),
            "begins": dict(self.begins),
        }
        if self.adapter or self.untrained:  # the length that right answers are cut at is no part of their key
            asked["max_length"] = self.train.max_length
        return _digest({**asked, "questions": self.fingerprints.get("questions", ""), "seed": self.seed})

    def write(self, path: Path) -> None:
        """Write the job for the process that does it."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")


def read_job(path: Path) -> Job:
    """The job in a file that `write` wrote."""
    plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    kinds = {"prompt": Prompt, "lora": Lora, "train": Training, "generate": Generation}
    for name, kind in kinds.items():
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in plain[name].items()}
        plain[name] = kind(**values)
    return Job(**plain)


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]
