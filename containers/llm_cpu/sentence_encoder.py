"""Sentence embeddings from a BERT checkpoint in safetensors, computed by OpenVINO."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from containers.llm_cpu.bert_graph import BertShape, bert_graph
from containers.llm_cpu.embedding_steps import Step, embedding_steps
from containers.llm_cpu.errors import ModelUnusable

_MOST_JSON_BYTES = 1024 * 1024
_WORDS, _POSITIONS = "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight"


class SentenceEncoder:
    kind = "embedding"

    def __init__(self, folder: Path, *, threads: int | None) -> None:
        configuration = _json(folder / "config.json")
        _refuse_what_is_not_computed(folder, configuration)
        shape = BertShape(
            layers=int(configuration["num_hidden_layers"]),
            heads=int(configuration["num_attention_heads"]),
            hidden=int(configuration["hidden_size"]),
            layer_norm_epsilon=float(configuration["layer_norm_eps"]),
        )
        try:
            weights = load_file(folder / "model.safetensors")
            tensors = {name.removeprefix("bert."): tensor for name, tensor in weights.items()}
            graph = bert_graph(tensors, shape)
        except (SafetensorError, KeyError) as error:
            raise ModelUnusable(
                f"model.safetensors is not a BERT encoder of the shape in config.json: {error}"
            ) from error
        # Full precision, because hardware with bfloat16 would otherwise give other vectors than hardware without.
        properties: dict[str, object] = {"INFERENCE_PRECISION_HINT": "f32"}
        if threads is not None:
            properties["INFERENCE_NUM_THREADS"] = threads
        self._compute = ov.Core().compile_model(graph, "CPU", properties)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        # tokenizer.json often carries the truncation and padding of its training run; padding is done for each batch.
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._padding_id = int(configuration.get("pad_token_id", 0))
        self.context_tokens = _longest(folder, configuration)
        _refuse_ids_without_a_row(self._tokenizer, self._padding_id, words=len(tensors[_WORDS]))
        if self.context_tokens > len(tensors[_POSITIONS]):
            raise ModelUnusable(
                f"config.json says a context of {self.context_tokens} tokens; "
                f"model.safetensors holds {len(tensors[_POSITIONS])} positions"
            )

    def embed(self, texts: Sequence[str]) -> Iterator[Step | int]:
        """See `embedding_steps`."""
        return embedding_steps(
            texts, tokenize=self._tokenize, compute=self._vectors, context_tokens=self.context_tokens
        )

    def _tokenize(self, text: str) -> Sequence[int]:
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids

    def _vectors(self, batch: Sequence[Sequence[int]]) -> Sequence[Sequence[float]]:
        longest = max(map(len, batch))
        token_ids: NDArray[np.int64] = np.full((len(batch), longest), self._padding_id, dtype=np.int64)
        mask: NDArray[np.int64] = np.zeros((len(batch), longest), dtype=np.int64)
        for row, ids in enumerate(batch):
            token_ids[row, : len(ids)] = ids
            mask[row, : len(ids)] = 1
        vectors: list[list[float]] = self._compute([token_ids, mask])[0].tolist()
        return vectors


def _refuse_ids_without_a_row(tokenizer: Tokenizer, padding_id: int, *, words: int) -> None:
    """The engine does not look: an id beyond the table would read memory that is not the model's."""
    highest = max(padding_id, *tokenizer.get_vocab().values(), 0)
    if highest >= words or padding_id < 0:
        raise ModelUnusable(f"tokenizer.json gives token ids up to {highest}; model.safetensors holds {words} words")


def _refuse_what_is_not_computed(folder: Path, configuration: dict[str, Any]) -> None:
    for name, known in (("model_type", "bert"), ("hidden_act", "gelu"), ("position_embedding_type", "absolute")):
        found = configuration.get(name, known)
        if found != known:
            raise ModelUnusable(f"config.json says {name} {found!r}; this container computes {known!r} only")
    pooling = folder / "1_Pooling" / "config.json"
    if pooling.is_file() and not _json(pooling).get("pooling_mode_mean_tokens"):
        raise ModelUnusable(
            "1_Pooling/config.json asks for another pooling; this container computes the mean of the tokens"
        )


def _longest(folder: Path, configuration: dict[str, Any]) -> int:
    """sentence-transformers records the length a model was trained for; the checkpoint itself only what it can hold."""
    trained = folder / "sentence_bert_config.json"
    limit = int(configuration["max_position_embeddings"])
    return min(limit, int(_json(trained)["max_seq_length"])) if trained.is_file() else limit


def _json(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            text = stream.read(_MOST_JSON_BYTES + 1)
        if len(text) > _MOST_JSON_BYTES:
            raise ModelUnusable(f"{file.name} is larger than {_MOST_JSON_BYTES} bytes")
        content = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise ModelUnusable(f"{file.name} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise ModelUnusable(f"{file.name} holds no JSON object")
    return content
