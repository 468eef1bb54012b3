"""Costly per-text numbers, cached by content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Signals(Protocol):
    """What a detector may ask for by the name `signals`."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """Unit vectors, shape (len(texts), dimensions); None where no encoder is installed or wanted."""
        ...
