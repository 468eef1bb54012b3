"""cosine >= .889, which Jaccard .8 implies; handed hashed character 5-grams, as its model is on a hub.

Vectors of 256 numbers, as many as its own model gives, in its usual index. A group is a kept text and its duplicates.
"""
# /// script
# dependencies = ["semhash==0.5.0", "scikit-learn"]
# ///

from importlib.metadata import version as version_of

import numpy as np
from semhash import SemHash
from sklearn.feature_extraction.text import HashingVectorizer

GROUPS = True
version = version_of("semhash")
prepare = list


class HashedGrams:
    """What semhash takes for a model."""

    vectorizer = HashingVectorizer(analyzer="char", ngram_range=(5, 5), n_features=256, lowercase=False)

    def encode(self, texts: list[str]) -> np.ndarray:
        """A unit vector of 256 float32 for each text."""
        return self.vectorizer.transform(texts).astype(np.float32).toarray()


def find(texts: list[str]) -> list[tuple[int, int]]:
    """Each duplicate with the text that is kept in its place."""
    number = {text: index for index, text in enumerate(texts)}
    found = SemHash.from_records(texts, model=HashedGrams()).self_deduplicate(threshold=2 * 0.8 / 1.8)
    return [(number[duplicate.duplicate_of], number[duplicate.record]) for duplicate in found.filtered]
