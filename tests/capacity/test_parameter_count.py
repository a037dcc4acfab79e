"""The least parameters that a model's shapes have."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.capacity.parameter_count import least_parameters, understated
from modelyard.catalog.model_file import read_model

CATALOG = Path(__file__).parents[1] / "catalogs" / "shipped"
NAMES = sorted(path.stem for path in CATALOG.glob("models/*.yaml"))


def test_a_plain_decoder_has_its_matrices_at_least(make_model):
    attention = 2 * 256 * (8 + 4) * 32
    assert least_parameters(make_model().architecture) == 4 * (attention + 2 * 256 * 1024) + 1000 * 256


@pytest.mark.parametrize(
    "shapes", [{"intermediate_size": None}, {"kv_lora_rank": 8, "qk_rope_head_dim": 8}, {"encoder_layers": 2}]
)
def test_shapes_that_do_not_tell_are_not_judged(make_model, shapes):
    assert least_parameters(make_model(**shapes).architecture) is None


@pytest.mark.parametrize("name", NAMES)
def test_no_shipped_model_states_fewer_parameters_than_its_shapes_have(name):
    assert not understated(read_model(CATALOG, name))
