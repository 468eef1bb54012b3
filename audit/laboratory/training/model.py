"""A causal language model, ready to be trained or asked: on which device, in which precision, with which tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from audit.laboratory.training.embedded import MODELS, unpacked
from audit.laboratory.training.vocabulary import scripts_used, spell_all, tokens_needed
from audit.nouns.dialogue import AuditError

WORTH = 0.5  # share of an embedding that may be left for the cut to be worth its trouble


@dataclass
class Model:
    """A model and its tokenizer. `kept`: tokenizer id of every row of the embedding, None where it is whole.

    `inner` is the causal language model, with the adapter's layers put into it once there is one (`adapted`). `stops`:
    the tokenizer's ids of the tokens that end an answer. `whole`: it makes logits from hidden states in a way of its
    own (scaled, capped), so that a whole forward pass is asked for them.
    """

    inner: Any
    tokenizer: Any
    device: torch.device
    kept: NDArray[np.int64] | None = None
    adapted: Any = None
    stops: tuple[int, ...] = ()
    whole: bool = False

    def compact(self, ids: Sequence[int]) -> list[int]:
        """Rows of the embedding for the tokenizer's ids; negative ones (labels without loss) stay."""
        if self.kept is None:
            return list(ids)
        wanted = np.asarray(ids, np.int64)
        places = np.minimum(np.searchsorted(self.kept, wanted), len(self.kept) - 1)
        if not bool(np.all((self.kept[places] == wanted) | (wanted < 0))):
            raise AssertionError("a token was cut out of the embedding that is needed")
        return np.where(wanted < 0, wanted, places).tolist()  # type: ignore[no-any-return]

    def full(self, ids: Sequence[int]) -> list[int]:
        """The tokenizer's ids of rows of the embedding."""
        return list(ids) if self.kept is None else self.kept[np.asarray(ids, np.int64)].tolist()

    def text(self, ids: Sequence[int]) -> str:
        """What the model wrote, special tokens left out."""
        said: str = self.tokenizer.decode(self.full(ids), skip_special_tokens=True)
        return said

    def spelled(self) -> list[str]:
        """Every row of the embedding as text."""
        texts = spell_all(
            self.tokenizer, self.inner.config.vocab_size if self.kept is None else int(self.kept.max()) + 1
        )
        return texts if self.kept is None else [texts[token] for token in self.kept]

    @property
    def ends(self) -> list[int]:
        """The tokens that end an answer, as rows of the embedding."""
        return self.compact(self.stops)

    def hidden(self, ids: Tensor, mask: Tensor, positions: Tensor | None = None) -> Tensor:
        """Last hidden states, batch x length x width, before the embedding is asked for logits; logits if `whole`."""
        if self.whole:
            made: Tensor = self.inner(
                input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False
            ).logits
            return made
        states: Tensor = self.inner.base_model(
            input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False
        ).last_hidden_state
        return states

    def logits(self, states: Tensor) -> Tensor:
        """Logits of chosen hidden states, in float32."""
        if self.whole:
            return states.float()
        scores: Tensor = self.inner.get_output_embeddings()(states).float()
        return scores


def open_model(name: str, device: str, trust: bool, tell: Callable[[str], None]) -> Model:
    """A model that is embedded, in a folder, or on the hub. AuditError where there is none or it cannot be read."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where = str(unpacked(name, tell)) if name in MODELS else name
    chosen = _device(device)
    try:
        tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=trust)
        inner = AutoModelForCausalLM.from_pretrained(
            where, dtype=_precision(chosen), trust_remote_code=trust, use_safetensors=True
        )  # never a pickle, which may hold code
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        known = ", ".join(MODELS)
        raise AuditError(f"--model {name}: no model could be read: {reason} (embedded ones: {known})") from None
    if not tokenizer.is_fast:
        raise AuditError(f"--model {name}: has no fast tokenizer (tokenizer.json), which tells where its tokens begin")
    placed: Any = inner
    model = Model(placed.to(chosen).eval(), tokenizer, chosen)
    model.stops = tuple(_stops(model))
    model.whole = _differs(model)
    return model


def _stops(model: Model) -> list[int]:
    """The tokenizer's end token, and those that the model's own settings name (Gemma and Llama end turns by others)."""
    named = getattr(model.inner.generation_config, "eos_token_id", None)
    ends = [model.tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])]
    return sorted({end for end in ends if end is not None})


def _differs(model: Model) -> bool:
    """Whether the head's logits of hidden states are not those of a forward pass: Gemma 2 caps, Granite scales them."""
    ids = torch.tensor([model.tokenizer("1 a")["input_ids"]], device=model.device)
    mask = torch.ones_like(ids)
    with torch.inference_mode():
        whole = model.inner(input_ids=ids, attention_mask=mask).logits.float()
        return not torch.allclose(whole, model.logits(model.hidden(ids, mask)), atol=1e-2, rtol=1e-2)


def _device(wanted: str) -> torch.device:
    if wanted != "auto":
        try:
            return torch.empty(0, device=wanted).device
        except (RuntimeError, AssertionError) as error:
            raise AuditError(f"--device {wanted}: {str(error).splitlines()[0]}") from None
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _precision(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it (measured 1.4 times as fast on such a CPU), else float32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported() and _has_bf16_units():
        return torch.bfloat16
    return torch.float32


def _has_bf16_units() -> bool:
    """Whether the CPU has AMX or AVX-512 BF16; an emulated bfloat16 is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "amx_bf16" in flags or "avx512_bf16" in flags


def cut_vocabulary(model: Model, texts: Sequence[str], given: Iterable[Sequence[int]]) -> None:
    """Keep the rows of the embedding that the model is `given`, and that answers in the scripts of `texts` can need.

    Nothing is done where that would keep more than WORTH of them.
    """
    tokenizer, size = model.tokenizer, model.inner.config.vocab_size
    seen = {token for ids in given for token in ids}
    special = [token for token in (*tokenizer.all_special_ids, *model.stops) if token < size]
    kept = tokens_needed(spell_all(tokenizer, size), seen, special, scripts_used(texts))
    if len(kept) > WORTH * size:
        return
    rows = torch.from_numpy(kept).to(model.device)
    embedding, head = model.inner.get_input_embeddings(), model.inner.get_output_embeddings()
    tied = head.weight is embedding.weight
    _cut(embedding, rows)
    if tied:
        head.weight = embedding.weight
    else:
        _cut(head, rows)
    embedding.num_embeddings = head.out_features = model.inner.config.vocab_size = len(kept)
    embedding.padding_idx = None
    model.kept = kept
    for settings in (model.inner.config, model.inner.generation_config):
        settings.pad_token_id = settings.bos_token_id = settings.eos_token_id = None


def _cut(layer: nn.Module, rows: Tensor) -> None:
    for name in ("weight", "bias"):
        whole = getattr(layer, name, None)
        if whole is not None:
            setattr(layer, name, nn.Parameter(whole.data[rows].clone(), requires_grad=False))
