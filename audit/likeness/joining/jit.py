"""numba, told where to keep what it compiled and to take no settings from the working folder.

The index of its cache is a pickle, which is code to whoever opens it. numba itself would look for settings in
./.numba_config.yaml, which may be anybody's; these name the folder of the cache, a file to write to, classes to load.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from audit.safety.private import private_folder

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function in machine code, which lets other threads run."""
    return _jit(function, nogil=True)


def inlined(function: F) -> F:
    """The same for a short function, which becomes part of those that call it."""
    return _jit(function, inline="always")


def _jit(function: F, **options: Any) -> F:
    """Compiled at its first use; kept in a folder of this user alone, or only in memory where there is none."""
    config = numba.core.config
    before = config.CACHE_DIR
    config.CACHE_DIR = "" if CACHE is None else str(CACHE)
    try:
        made: F = numba.njit(function, cache=CACHE is not None, **options)
    finally:
        config.CACHE_DIR = before
    return made


def _import_numba() -> Any:
    """The module, blind to the working folder: it reads settings there with PyYAML alone, or not at all without it."""
    if "numba" in sys.modules:
        return sys.modules["numba"]  # a program that has it has chosen its settings
    held = sys.modules.get("yaml")
    sys.modules["yaml"] = None  # type: ignore[assignment]  # an import of it fails
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "A Numba config file is found")
            import numba
    finally:
        del sys.modules["yaml"]
        if held is not None:
            sys.modules["yaml"] = held
    numba.core.config._config_fname = ""  # nor does it look again whenever it compiles
    return numba


def _cache_of(sources: Path) -> Path | None:
    """Where compiled loops are kept. numba notices a change of one file, but these files have parts of each other."""
    state = blake2b(digest_size=8)
    for path in sorted(sources.glob("*_loops.py")):
        state.update(path.read_bytes())
    return private_folder("loops", state.hexdigest())


numba = _import_numba()
CACHE = _cache_of(Path(__file__).parent)
