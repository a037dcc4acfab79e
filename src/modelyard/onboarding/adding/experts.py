"""The experts of a mixture: how many lie in a layer, how wide they are, and which layers have them."""

from __future__ import annotations

from dataclasses import dataclass

from modelyard.onboarding.adding.model_config import ModelConfig
from modelyard.shell.failure import Failure

_ROUTED = ("num_local_experts", "n_routed_experts", "num_experts", "moe_num_experts")
_MOST_EXPERTS = 100_000


@dataclass(frozen=True, kw_only=True)
class Experts:
    """`routed` and `shared` experts of one layer; `shared_width` is that of all shared ones together."""

    routed: int
    shared_width: int
    shared_gate: bool
    width: int
    sparse_layers: int
    dense_layers: int

    @property
    def in_a_layer(self) -> int:
        """As the catalog counts: shared ones included, each as wide as a routed one."""
        return self.routed + round(self.shared_width / self.width)


def experts(config: ModelConfig, *, layers: int) -> Experts | None:
    """The experts that a configuration states; None for a dense model."""
    nested = config.table("ffn_config")
    found = config.value(*_ROUTED) or (nested.get("moe_num_experts") if nested else None)
    if isinstance(found, list):
        # ERNIE counts those for text and those for images apart.
        found = found[0] if found else None
    if found is None or found == 0:
        return None
    if not isinstance(found, int) or not 1 < found < _MOST_EXPERTS:
        raise Failure(f"{config.origin} says {_ROUTED[0]} is {str(found)[:40]}, which is no count of experts")
    width = config.number("moe_intermediate_size", "expert_ffn_hidden_size")
    if width is None and nested and isinstance(nested.get("ffn_hidden_size"), int):
        width = int(nested["ffn_hidden_size"])
    width = width or config.needed("intermediate_size", "ffn_dim")
    dense = _dense_layers(config, layers)
    return Experts(
        routed=found,
        shared_width=_shared_width(config, width),
        shared_gate=config.number("shared_expert_intermediate_size") is not None,
        width=width,
        sparse_layers=layers - dense,
        dense_layers=dense,
    )


def _shared_width(config: ModelConfig, width: int) -> int:
    stated = config.number("shared_expert_intermediate_size")
    if stated is not None:
        return stated
    if config.model_type == "llama4_text":
        return width
    return (config.number("n_shared_experts", "num_shared_experts", "moe_num_shared_experts") or 0) * width


def _dense_layers(config: ModelConfig, layers: int) -> int:
    first = config.number("first_k_dense_replace", "moe_layer_start_index") or 0
    listed = config.value("mlp_only_layers")
    named = {layer for layer in listed if isinstance(layer, int)} if isinstance(listed, list) else set()
    places = config.value("moe_layers")
    if isinstance(places, list) and places:
        return max(0, layers - len(places))
    step = config.number("decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_freq") or 1
    sparse = [
        layer for layer in range(layers) if layer >= first and layer not in named and _in_step(layer, first, step)
    ]
    return layers - len(sparse)


def _in_step(layer: int, first: int, step: int) -> bool:
    # DeepSeek counts its steps from the first layer, the others from one.
    return (layer if first else layer + 1) % step == 0
