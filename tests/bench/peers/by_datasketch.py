"""MinHash in 9 bands of 13 (its choice for 0.8), then its own estimate of 128; handed sets of character 5-grams."""
# /// script
# dependencies = ["datasketch==2.0.0"]
# ///

from importlib.metadata import version as version_of

from datasketch import MinHash, MinHashLSH
from grams import grams

GROUPS = False
version = version_of("datasketch")
prepare = list


def find(texts: list[str]) -> list[tuple[int, int]]:
    """Candidates whose estimated similarity reaches the threshold."""
    sketches = MinHash.bulk([[gram.encode() for gram in grams(text)] for text in texts], num_perm=128)
    index = MinHashLSH(num_perm=128, params=(9, 13))
    for key, sketch in enumerate(sketches):
        index.insert(key, sketch)
    candidates = ((one, other) for one, sketch in enumerate(sketches) for other in index.query(sketch) if one < other)
    return [(one, other) for one, other in candidates if sketches[one].jaccard(sketches[other]) >= 0.8]
