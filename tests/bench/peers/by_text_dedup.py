"""MinHash in 9 bands of 13 (its choice for 0.8), nothing checked after; it shingles words: handed code points."""
# /// script
# dependencies = ["text-dedup==0.4.0"]
# ///

import logging
import tempfile
from importlib.metadata import version as version_of

from datasets import Dataset, disable_progress_bars
from text_dedup import minhash

GROUPS = True
version = version_of("text-dedup")
logging.disable()
disable_progress_bars()


def prepare(texts: list[str]) -> list[str]:
    """Each character as its code point: five words are five characters, whatever the tool takes for a letter."""
    return [" ".join(f"{ord(character):x}" for character in text) for text in texts]


def find(texts: list[str]) -> list[tuple[int, int]]:
    """Each text with the root of its cluster, by the command of the tool."""
    with tempfile.TemporaryDirectory() as folder:
        Dataset.from_dict({"text": texts}).save_to_disk(f"{folder}/in")
        places = ["--local", "--path", f"{folder}/in", "--output", f"{folder}/out", "--column", "text"]
        likeness = ["--ngram", "5", "--min_length", "1", "--num_perm", "128", "--b", "9", "--r", "13"]
        speed = ["--hash_func", "xxh3", "--num_proc", "1"]
        minhash.main([*places, *likeness, *speed], standalone_mode=False)
    return [(minhash.uf.find(text), text) for text in list(minhash.uf.parent) if minhash.uf.find(text) != text]
