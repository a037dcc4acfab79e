"""The memory fit beside real tensors: models of random weights, measured after load, prefill and decode.

    .venv-vllm/bin/python benchmarks/memory_fit.py [--device cuda|cpu] [--tokens N]

Needs torch and transformers, which `make test-vllm` installs. On a GPU, memory is what torch's allocator holds, the
peak of prefill included; without one, it is the bytes of all parameters and of the cache, and there is no peak. Layers
are fewer than in the models of the same name, everything else is their shape, so that one GPU holds each of them.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
import transformers

from modelyard.capacity.activations import decoder_peak_bytes
from modelyard.capacity.kv_cache import sequence_bytes
from modelyard.capacity.weights import weight_bytes
from modelyard.catalog.schema import Architecture, Model

MIB = 1 << 20
SHARED = {"num_hidden_layers": 4, "max_position_embeddings": 8192, "use_cache": True}


@dataclass(frozen=True)
class Case:
    """One architecture: the class of its configuration, its shapes, and what of it our facts name differently."""

    name: str
    config: str
    shapes: dict[str, Any]
    facts: dict[str, Any]
    cache_is_comparable: bool = True


CASES = (
    Case(
        "Llama 2 7B (multi-head)",
        "LlamaConfig",
        {"hidden_size": 4096, "intermediate_size": 11008, "num_attention_heads": 32, "vocab_size": 32000},
        {},
    ),
    Case(
        "Llama 3.1 8B (grouped)",
        "LlamaConfig",
        {
            "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8,
            "vocab_size": 128256,
        },
        {},
    ),
    Case(
        "Mistral 7B v0.1 (window)",
        "MistralConfig",
        {
            "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8,
            "vocab_size": 32000, "sliding_window": 1024,
        },
        {"sliding_window": 1024},
    ),
    Case(
        "Mixtral (experts)",
        "MixtralConfig",
        {
            "hidden_size": 1024, "intermediate_size": 3584, "num_attention_heads": 32, "num_key_value_heads": 8,
            "vocab_size": 32000, "num_local_experts": 8, "sliding_window": None,
        },
        {"experts": 8},
    ),
    Case(
        "Qwen 2.5 1.5B (tied)",
        "Qwen2Config",
        {
            "hidden_size": 1536, "intermediate_size": 8960, "num_attention_heads": 12, "num_key_value_heads": 2,
            "vocab_size": 151936, "tie_word_embeddings": True,
        },
        {"tied_embeddings": True},
    ),
    Case(
        "Gemma 2 2B (every other layer a window)",
        "Gemma2Config",
        {
            "hidden_size": 2304, "intermediate_size": 9216, "num_attention_heads": 8, "num_key_value_heads": 4,
            "head_dim": 256, "vocab_size": 256000, "sliding_window": 1024,
        },
        {"tied_embeddings": True, "sliding_window": 1024, "sliding_window_layers": 2},
    ),
    Case(
        "Falcon 7B (multi-query)",
        "FalconConfig",
        {
            "hidden_size": 4544, "num_attention_heads": 71, "multi_query": True, "new_decoder_architecture": False,
            "parallel_attn": True, "vocab_size": 65024, "num_kv_heads": 1,
        },
        {"kv_heads": 1, "intermediate_size": 18176, "tied_embeddings": True},
    ),
    Case(
        # transformers caches the expanded keys and values; engines cache the latent, which is what the fit counts.
        "DeepSeek V2 Lite (latent)",
        "DeepseekV2Config",
        {
            "hidden_size": 2048, "intermediate_size": 10944, "moe_intermediate_size": 1408, "num_attention_heads": 16,
            "num_key_value_heads": 16, "n_routed_experts": 16, "n_shared_experts": 2, "num_experts_per_tok": 6,
            "first_k_dense_replace": 1, "q_lora_rank": None, "kv_lora_rank": 512, "qk_rope_head_dim": 64,
            "qk_nope_head_dim": 128, "v_head_dim": 128, "vocab_size": 102400,
        },
        {"kv_lora_rank": 512, "qk_rope_head_dim": 64, "head_dim": 192},
        cache_is_comparable=False,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """Bytes said and bytes found; None where there is nothing to compare."""

    name: str
    weights: tuple[int, int]
    cache: tuple[int, int] | None
    peak: tuple[int, int] | None


def measure(case: Case, *, tokens: int, device: str) -> Row:
    """Build a model, read a prompt, write one more token, and count."""
    config = getattr(transformers, case.config)(**{**SHARED, **case.shapes})
    before = _allocated(device)
    with torch.device(device):
        network = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).eval()
    unique = {tensor.data_ptr(): tensor for tensor in (*network.parameters(), *network.buffers())}
    loaded = _allocated(device) - before if device == "cuda" else _bytes(unique.values())
    model = _facts(case, config, sum(parameter.numel() for parameter in network.parameters()))
    prompt = torch.randint(0, config.vocab_size, (1, tokens - 1), device=device)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    with torch.inference_mode():
        # logits of the last token only, as engines compute them
        first = network(prompt, use_cache=True, logits_to_keep=1)
        peak = torch.cuda.max_memory_allocated() - before - loaded if device == "cuda" else None
        after = network(prompt[:, -1:], past_key_values=first.past_key_values, use_cache=True)
    cache = _bytes(_cache_tensors(after.past_key_values))
    said_cache = sequence_bytes(model.architecture, context_tokens=tokens, element_bytes=2)
    said_peak = said_cache + decoder_peak_bytes(
        model.architecture, batched_tokens=tokens, sequences=1, element_bytes=2, degree=1
    )
    return Row(
        name=case.name,
        weights=(weight_bytes(model), loaded),
        cache=(said_cache, cache) if case.cache_is_comparable else None,
        peak=None if peak is None else (said_peak, peak),
    )


def _facts(case: Case, config: Any, parameters: int) -> Model:
    heads = config.num_attention_heads
    shape = {
        "layers": config.num_hidden_layers,
        "hidden_size": config.hidden_size,
        "attention_heads": heads,
        "kv_heads": getattr(config, "num_key_value_heads", None) or heads,
        "head_dim": getattr(config, "head_dim", None) or config.hidden_size // heads,
        "intermediate_size": getattr(config, "intermediate_size", None),
        "vocabulary_size": config.vocab_size,
        "max_context_tokens": 8192,
        **case.facts,
    }
    return Model.model_validate(
        {
            "family": "random",
            "task": "chat",
            "parameters": parameters,
            "dtype": "bfloat16",
            "architecture": Architecture.model_validate(shape),
            "licence": {"name": "none", "url": "https://example.com"},
            "weights": {"hub": "none/none"},
            "facts": {"sources": ("random weights",), "checked_on": "2026-11-21", "status": "stated"},
        }
    )


def _cache_tensors(cache: Any) -> Iterator[torch.Tensor]:
    for layer in cache.layers:
        yield layer.keys
        yield layer.values


def _bytes(tensors: Any) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _allocated(device: str) -> int:
    return int(torch.cuda.memory_allocated()) if device == "cuda" else 0


def _cells(pair: tuple[int, int] | None) -> str:
    if pair is None:
        return "not measured | not measured | not measured"
    said, found = pair
    return f"{said / MIB:,.1f} | {found / MIB:,.1f} | {(said / found - 1) * 100:+.1f} %"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--tokens", type=int, default=4096, help="length of the sequence")
    asked = parser.parse_args()
    where = torch.cuda.get_device_name() if asked.device == "cuda" else "CPU: bytes of tensors, no peak"
    print(f"{where}, {asked.tokens} tokens, torch {torch.__version__}, transformers {transformers.__version__}; MiB\n")
    print("| architecture | weights said | found | error | cache said | found | error | peak said | found | error |")
    print("| --- |" + " ---: |" * 9)
    for case in CASES:
        row = measure(case, tokens=asked.tokens, device=asked.device)
        print(f"| {row.name} | {_cells(row.weights)} | {_cells(row.cache)} | {_cells(row.peak)} |", flush=True)
        gc.collect()


if __name__ == "__main__":
    main()
