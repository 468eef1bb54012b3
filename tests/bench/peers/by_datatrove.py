"""MinHash in 16 buckets of 8, nothing checked after; handed a tokenizer whose words are characters."""
# /// script
# dependencies = ["datatrove[processing]==0.10.1"]
# ///

import struct
import tempfile
from importlib.metadata import version as version_of
from pathlib import Path

from datatrove.data import Document
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupSignature,
)
from datatrove.utils.logging import logger
from datatrove.utils.text import TextNormConfig
from datatrove.utils.word_tokenizers import WordTokenizer

GROUPS = True
version = version_of("datatrove")
logger.remove()


class Characters(WordTokenizer):
    """Every character is a word."""

    def word_tokenize(self, text: str) -> list[str]:
        """The characters."""
        return list(text)

    def sent_tokenize(self, text: str) -> list[str]:
        """One sentence."""
        return [text]

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        """Its place."""
        return [(0, len(text))]


def prepare(texts: list[str]) -> list[Document]:
    """Documents without an id: the tool numbers them as they come."""
    return [Document(text=text, id="") for text in texts]


def find(documents: list[Document]) -> list[tuple[int, int]]:
    """The first of each cluster with each of its others: signatures, buckets and clusters, through files."""
    untouched = TextNormConfig(**dict.fromkeys(TextNormConfig.__dataclass_fields__, False))
    config = MinhashConfig(n_grams=5, num_buckets=16, hashes_per_bucket=8, norm_config=untouched)
    with tempfile.TemporaryDirectory() as folder:
        signatures, links, clusters = (f"{folder}/{name}" for name in ("signatures", "links", "clusters"))
        MinhashDedupSignature(signatures, config, language=Characters()).run(documents)
        for bucket in range(config.num_buckets):
            MinhashDedupBuckets(signatures, links, config=config).run(None, bucket, config.num_buckets)
        MinhashDedupCluster(links, clusters, config, save_cluster_id=True).run()
        found = Path(clusters, "000000.clusters")
        return stars(found.read_bytes() if found.exists() else b"")


def stars(records: bytes) -> list[tuple[int, int]]:
    """Pairs from records of document and cluster."""
    firsts: dict[int, int] = {}
    pairs = ((firsts.setdefault(cluster, text), text) for text, cluster in struct.iter_unpack("<2I", records))
    return [(first, text) for first, text in pairs if first != text]
