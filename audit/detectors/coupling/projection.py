"""Vectors of many dimensions on a plane, for a picture: the two directions in which they differ most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DECIMALS = 3  # of a coordinate: a thousandth of the picture's unit, so that processors agree


def plane(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """Coordinates, shape (rows, 2), and which share of the variance they show (principal components).

    Each direction is turned so that its largest weight is positive: the same vectors give the same picture.
    """
    centred = vectors.astype(np.float64) - vectors.mean(0, dtype=np.float64)
    values, directions = np.linalg.eigh(centred.T @ centred)
    first_two = directions[:, ::-1][:, :2]
    first_two *= np.sign(first_two[np.abs(first_two).argmax(0), range(2)])
    total = float(values.sum())
    shown = float(values[::-1][:2].sum()) / total if total > 0 else 0.0
    return np.round(centred @ first_two, DECIMALS), shown
