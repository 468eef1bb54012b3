"""Settings from files: `[audit]` in setup.cfg, `[tool.audit]` in pyproject.toml, or audit.toml; the closest wins.

A file that a person names (--config) is followed in everything. One that is only found beside the data may have come
with them: it chooses which rules run, with which thresholds, and how the rows are read, and nothing else.
"""

from __future__ import annotations

import configparser
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Severity

FAIL_ON = (*(severity.value for severity in Severity), "never")
KEYS = {
    "select": list,
    "ignore": list,
    "question": str,
    "answer": str,
    "split": str,
    "trusted": str,
    "encoder": str,
    "encode_up_to": int,
    "fail_on": str,
    "workers": int,
    "engine": str,
    "address": str,
    "memory": str,
    "lenient": bool,
    "rules_from": list,
}
HARMLESS = {"encoder": ("auto", "none"), "engine": ("local",)}  # a model may be code, an engine is started or reached


@dataclass(frozen=True)
class Settings:
    """What a settings file says: `options` as on the command line, `rules` maps a rule to its settings.

    `named`: a person named the file; else it was found.
    """

    path: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    named: bool = False

    def under(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The options, overruled by those given on the command line.

        AuditError where the file was only found and an option of it that counts reaches beyond its folder.
        """
        for key, value in self.options.items():
            if key not in given and self.path and not self.named and reaches_out(key, value, self.path.parent):
                option = f"--{key.replace('_', '-')} {value}" if key != "rules_from" else f"--rules {' '.join(value)}"
                raise AuditError(
                    f"{self.path}: {key} = {value!r} is not followed, as this file was only found and may have come "
                    f"with the data; say it yourself (audit scan {option}), or name the file: --config {self.path}"
                )
        return {**self.options, **given}


def reaches_out(key: str, value: Any, folder: Path) -> bool:
    """Whether an option makes something happen outside a folder: code of a model, processes, a network, other files."""
    if key == "trusted":
        path = Path(value).expanduser()
        return path.exists() and not path.resolve().is_relative_to(folder.resolve())
    return key in ("address", "rules_from") or (key in HARMLESS and value not in HARMLESS[key])


def find_settings(*folders: Path) -> Settings:
    """The settings file closest to the first of these folders that has one in it or above it."""
    for folder in folders:
        for place in (folder, *folder.parents):
            for path in (place / "audit.toml", place / "pyproject.toml", place / "setup.cfg"):
                if path.is_file() and (raw := _read(path)) is not None:
                    return _check(raw, path)
    return Settings()


def read_settings(path: Path) -> Settings:
    """The settings of one file that the user named; AuditError where it has none."""
    if not path.is_file():
        raise AuditError(f"{path}: no such settings file")
    raw = _read(path)
    if raw is None:
        raise AuditError(
            f"{path}: has no settings of audit; they stand under [tool.audit] in a toml file, [audit] in a cfg file"
        )
    return replace(_check(raw, path), named=True)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        if path.suffix == ".cfg":
            return _read_cfg(path)
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        tool = raw.get("tool", {})
    except (ValueError, configparser.Error) as error:
        raise AuditError(f"{path}: cannot be read as settings: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise AuditError(f"{path}: cannot be read as settings: its tables are nested too deeply") from None
    found = tool.get("audit", None if path.name == "pyproject.toml" else raw) if isinstance(tool, dict) else tool
    if found is not None and not isinstance(found, dict):
        raise AuditError(f"{path}: the settings of audit must be a table; found {found!r}")
    return found


def _read_cfg(path: Path) -> dict[str, Any] | None:
    """`[audit]`, and `[audit:RULE]` for the settings of a rule."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(path.read_text(encoding="utf-8"), str(path))
    rules = {name[6:].strip(): dict(parser[name]) for name in parser.sections() if name.startswith("audit:")}
    if "audit" not in parser and not rules:
        return None
    raw: dict[str, Any] = {}
    for key, text in parser.items("audit") if "audit" in parser else ():
        kind = KEYS.get(key.replace("-", "_"), str)
        raw[key] = text.replace(",", " ").split() if kind is list else _number_or_text(text)
    raw["rules"] = {
        name: {key: _number_or_text(text) for key, text in values.items()} for name, values in rules.items()
    }
    return raw


def _number_or_text(text: str) -> Any:
    """A cfg file knows only text: what reads as a JSON number, true or false is one."""
    try:
        value = json.loads(text.lower())
    except (ValueError, RecursionError):  # also of a number with more digits than Python reads
        return text
    return value if isinstance(value, bool | int | float) else text


def _check(raw: Mapping[str, Any], path: Path) -> Settings:
    options = {key.replace("-", "_"): value for key, value in raw.items() if key != "rules"}
    if isinstance(raw.get("rules"), list):  # a file without settings of rules may say so, too
        options["rules_from"] = raw["rules"]
        raw = {**raw, "rules": {}}
    for problem in _problems(options):
        raise AuditError(f"{path}: {problem}")
    rules = raw.get("rules", {})
    if not isinstance(rules, Mapping):
        raise AuditError(f"{path}: rules must be a table of tables; found {rules!r}")
    for name, values in rules.items():
        if not isinstance(values, Mapping):
            raise AuditError(f"{path}: [rules.{name}] must be a table of settings; found {values!r}")
    clean = {name: {key.replace("-", "_"): value for key, value in values.items()} for name, values in rules.items()}
    return Settings(path, options, clean)


def _problems(options: Mapping[str, Any]) -> Iterator[str]:
    for key, value in options.items():
        if key not in KEYS:
            near = get_close_matches(key, KEYS, 1, 0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(KEYS)}"
            yield f"no setting is called {key!r}; {hint}"
        elif type(value) is not KEYS[key]:  # true is an int for isinstance
            yield f"{key} must be {KEYS[key].__name__}; found {value!r}"
        elif isinstance(value, list) and not all(isinstance(name, str) for name in value):
            yield f"{key} must be a list of names; found {value!r}"
        elif isinstance(value, int) and not isinstance(value, bool) and value < 1:
            yield f"{key} must be at least 1; found {value}"
        elif key == "fail_on" and value not in FAIL_ON:
            yield f"fail_on must be one of {', '.join(FAIL_ON)}; found {value!r}"
