"""its MinHash in 9 bands of 13 (its choice for 0.8), nothing checked after; texts under 5 characters are one group."""
# /// script
# dependencies = ["py-data-juicer==1.6.1", "aiohttp", "scipy"]
# ///

from importlib.metadata import version as version_of

from data_juicer.ops.deduplicator.document_minhash_deduplicator import DocumentMinhashDeduplicator
from datasets import Dataset, disable_progress_bars
from loguru import logger

GROUPS = True
version = version_of("py-data-juicer")
logger.remove()
disable_progress_bars()


def prepare(texts: list[str]) -> Dataset:
    """A data set that numbers its texts."""
    return Dataset.from_dict({"text": texts, "number": list(range(len(texts)))})


def find(texts: Dataset) -> list[tuple[int, int]]:
    """The kept text of each cluster with each of its others."""
    tool = DocumentMinhashDeduplicator(
        tokenization="character",
        window_size=5,
        lowercase=False,
        num_permutations=128,
        num_bands=9,
        num_rows_per_band=13,
    )
    _, clusters = tool.process(texts.map(tool.compute_hash), show_num=len(texts))
    return [(kept, other["number"]) for kept, rows in clusters.items() for other in rows[1:]]
