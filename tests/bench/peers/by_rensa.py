"""R-MinHash in 16 bands of 8, then its own estimate of 128; handed sets of character 5-grams."""
# /// script
# dependencies = ["rensa==0.5.0"]
# ///

from importlib.metadata import version as version_of

import rensa
from grams import grams

GROUPS = False
version = version_of("rensa")
prepare = list


def find(texts: list[str]) -> list[tuple[int, int]]:
    """Candidates whose estimated similarity reaches the threshold."""
    sketches = rensa.RMinHash.from_token_sets([sorted(grams(text)) for text in texts], 128, 42)
    index = rensa.RMinHashLSH(0.8, 128, 16)
    index.insert_many(sketches)
    candidates = ((one, other) for one, near in enumerate(index.query_all(sketches)) for other in near if one < other)
    return [(one, other) for one, other in candidates if sketches[one].jaccard(sketches[other]) >= 0.8]
