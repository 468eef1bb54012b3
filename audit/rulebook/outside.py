"""Rules from outside: folders that a person named, and installed packages with the entry point group `audit.rules`.

A folder holds pages as those of `rules/`, right in it or in folders of families, and beside a page, where it needs one,
its detector: NAME.py with a function of that name. Their code runs in this process, so a folder counts only where it
was named on the command line, in a settings file that was named, or by `include`; never because it lies there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from audit.nouns.dialogue import AuditError

GROUP = "audit.rules"
NO_PAGES = ("README.md", "CHANGELOG.md")

_named: list[Path] = []


@dataclass(frozen=True)
class Place:
    """A folder with rules, and what brought it: "" a person, else the name of an installed package's entry point."""

    folder: Path
    package: str = ""

    def pages(self) -> Iterator[Path]:
        """Its pages, in their order. AuditError for one that a link leads out of the folder."""
        for path in sorted([*self.folder.glob("*.md"), *self.folder.glob("*/*.md")]):
            if path.name in NO_PAGES:
                continue
            for part in (path, path.with_name(stem_of(path) + ".py")):
                if part.exists() and not part.resolve().is_relative_to(self.folder.resolve()):
                    raise AuditError(f"{part}: this link leads out of {self.folder}, and is not followed")
            yield path


def include(*folders: str | Path) -> None:
    """Let the rules of these folders count from here on, in every verb. AuditError for what is no folder."""
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise AuditError(f"{folder}: no such folder of rules")
        if folder.resolve() not in _named:
            _named.append(folder.resolve())


def named() -> tuple[Path, ...]:
    """The folders that were included."""
    return tuple(_named)


def places() -> Iterator[Place | str]:
    """The folders that were included, then those of packages; a sentence for a package that brings none."""
    yield from map(Place, _named)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            yield Place(_folder_of(entry.load()), entry.name)
        except Exception as error:  # noqa: BLE001 - code of others: what it may raise, nobody knows
            yield f"the rules of {entry.name} are left out: {told(error)}"


def _folder_of(module: ModuleType) -> Path:
    """The folder of a package, or the one that a module lies in."""
    if not isinstance(module, ModuleType) or not module.__file__:
        raise TypeError(f"the entry point must name a package with pages in it; found {module!r}")
    return Path(module.__file__).parent


@dataclass(frozen=True)
class FromFile:
    """A function in a file that is no module of ours. Workers get the text of the file along with it."""

    path: Path
    name: str
    source: str

    @property
    def __signature__(self) -> inspect.Signature:
        """That of the function: what a detector asks for, and its settings."""
        return inspect.signature(self._function())

    def __call__(self, *given: Any, **settings: Any) -> Any:
        """Call the function."""
        return self._function()(*given, **settings)

    def _function(self) -> Callable[..., Any]:
        return _load(self)


_loaded: dict[FromFile, Callable[..., Any]] = {}


def from_file(path: Path) -> FromFile:
    """The detector in a file. AuditError where it cannot be loaded or has no function of the file's name."""
    made = FromFile(path, path.stem, path.read_text(encoding="utf-8"))
    try:
        inspect.signature(_load(made))
    except Exception as error:  # of others: what it may raise, nobody knows
        raise AuditError(f"{path}: this detector cannot be loaded: {told(error)}") from error
    return made


def _load(made: FromFile) -> Callable[..., Any]:
    if made not in _loaded:
        module = ModuleType(made.name)
        module.__file__ = str(made.path)
        exec(compile(made.source, str(made.path), "exec"), module.__dict__)  # noqa: S102 - the person named the folder
        function = getattr(module, made.name, None)
        if not callable(function):
            raise AttributeError(f"it has no function {made.name}")
        _loaded[made] = function
    return _loaded[made]


def stem_of(page: Path) -> str:
    """What the module and the function of a page are called."""
    return page.stem.replace("-", "_")


def told(error: BaseException) -> str:
    """An error of code that is not ours, in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300].rstrip(": ")
