"""How many bytes of weights one device holds: its share, what a split repeats, and what a kernel pads."""

from __future__ import annotations

from fractions import Fraction

from modelyard.capacity.parallelism import repeated_parameters
from modelyard.capacity.weights import MXFP4_BYTES, expert_parameters, weight_bytes
from modelyard.catalog.forms import Dtype
from modelyard.catalog.images import Processor
from modelyard.catalog.schema import Model

# Kernels of 4-bit floats work on tiles: an expert's two widths are rounded up when the weights are loaded. gpt-oss
# 120B, whose checkpoint is 60.8 GiB, loads as 64.4 with Triton's kernel and 66.0 with Marlin's:
# https://github.com/vllm-project/vllm/issues/33155 and /23278; these are Marlin's tiles.
_MXFP4_HIDDEN_TILE, _MXFP4_WIDTH_TILE = 256, 128


def device_weight_bytes(model: Model, dtype: Dtype, *, degree: int, processor: Processor) -> int:
    """Bytes of the weights on one of `degree` devices."""
    whole = weight_bytes(model, dtype)
    repeated = repeated_parameters(model.architecture, degree, pads=processor == "neuron")
    padding = _mxfp4_padding(model, degree) if dtype == "mxfp4" and processor == "gpu" else 0
    return -(-(whole + repeated * whole // model.parameters) // degree) + padding


def _mxfp4_padding(model: Model, degree: int) -> int:
    """Bytes on one device that tiles add to the experts."""
    shape = model.architecture
    if shape.intermediate_size is None or shape.experts is None:
        return 0
    matrices = 3 * shape.layers * shape.experts
    hidden = _rounded_up(shape.hidden_size, _MXFP4_HIDDEN_TILE)
    width = _rounded_up(-(-shape.intermediate_size // degree), _MXFP4_WIDTH_TILE)
    added = matrices * hidden * width - Fraction(expert_parameters(model), degree)
    return max(0, int(added * MXFP4_BYTES))


def _rounded_up(number: int, tile: int) -> int:
    return -(-number // tile) * tile
