"""Sentence embeddings from a BERT checkpoint in safetensors, computed by OpenVINO."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from safetensors import SafetensorError
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from containers.llm_cpu.bert_graph import BertShape, bert_graph
from containers.llm_cpu.context_length import refuse_what_cannot_fit
from containers.llm_cpu.engine import Embeddings
from containers.llm_cpu.errors import ModelUnusable, RequestRefused

_BATCH = 32
"""Sentences computed at once: bounds the memory that one request can ask for."""


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
            graph = bert_graph({name.removeprefix("bert."): tensor for name, tensor in weights.items()}, shape)
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
        # tokenizer.json often carries the truncation and padding of its training run.
        self._tokenizer.no_truncation()
        self._tokenizer.enable_padding(pad_id=int(configuration.get("pad_token_id", 0)))
        self.context_tokens = _longest(folder, configuration)

    def embed(self, texts: Sequence[str]) -> Embeddings:
        for position, text in enumerate(texts):
            refuse_what_cannot_fit(f"text {position}", text, context_tokens=self.context_tokens)
        vectors: list[list[float]] = []
        counted = [sum(encoding.attention_mask) for encoding in self._tokenizer.encode_batch(list(texts))]
        for position, count in enumerate(counted):
            if count > self.context_tokens:
                raise RequestRefused(
                    f"text {position} has {count} tokens; this model's context holds {self.context_tokens}: "
                    "shorten the text"
                )
        for start in range(0, len(texts), _BATCH):
            encodings = self._tokenizer.encode_batch(list(texts[start : start + _BATCH]))
            token_ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
            mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
            vectors.extend(self._compute([token_ids, mask])[0].tolist())
        return Embeddings(vectors=vectors, prompt_tokens=sum(counted))


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
        content = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise ModelUnusable(f"{file.name} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise ModelUnusable(f"{file.name} holds no JSON object")
    return content
