"""What a config.json says of a model's shape: every family in its own words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelyard.catalog.model_file import read_model
from modelyard.onboarding.adding.counting import counted_parameters
from modelyard.onboarding.adding.model_config import read_config
from modelyard.onboarding.adding.quantisation import weight_format
from modelyard.onboarding.adding.shape import read_shape
from modelyard.shell.failure import Failure

SHIPPED = Path(__file__).parents[2] / "catalogs" / "shipped"
# Which of our own files, written from other sources, describe the same architecture.
TWINS = {
    "llama-3.1-8b": "llama-3.1-8b-instruct",
    "llama-3.2-1b": "llama-3.2-1b-instruct",
    "qwen2.5-7b-gptq-int4": "qwen2.5-7b-instruct",
    "qwen3-8b-awq": "qwen3-8b",
    "qwen3-30b-a3b": "qwen3-30b-a3b",
    "mixtral-8x7b": "mixtral-8x7b-instruct-v0.1",
    "mistral-7b-v0.1": "mistral-7b-instruct-v0.1",
    "gemma-2-9b": "gemma-2-9b-it",
    "gemma-3-1b": "gemma-3-1b-it",
    "phi-4": "phi-4",
    "deepseek-v2-lite": "deepseek-v2-lite-chat",
    "deepseek-v3-fp8": "deepseek-v3",
    "gpt-oss-20b": "gpt-oss-20b",
    "bge-large": "bge-large-en-v1.5",
    "smollm2-135m-bnb-4bit": "smollm2-135m-instruct",
}
# Parameters that the models' authors publish, or that their checkpoints hold; within so many of a thousand.
PUBLISHED = {
    "gpt2": (124_439_808, 0),
    "gpt-j-6b": (6_050_882_784, 0),
    "opt-1.3b": (1_315_758_080, 0),
    "pythia-6.9b": (6_857_302_016, 0),
    "bloom-7b1": (7_069_016_064, 0.01),
    "bge-m3": (567_754_752, 0),
    "flan-t5-base": (247_577_856, 0.1),
    "falcon-7b": (6_921_720_704, 0),
    "qwen1.5-moe-a2.7b": (14_315_784_192, 0),
    "qwen2.5-vl-7b": (8_292_166_656, 1),
    "gemma-3-4b-vision": (4_300_079_472, 2),
    "llama-4-scout": (108_641_793_536, 1),
}
# Shapes that nobody had in mind when the reading was written: what their config.json says, and what is published.
MORE = json.loads((Path(__file__).parent / "more_shapes.json").read_text("utf-8"))


@pytest.fixture
def shape_of(own_config):
    """The shape and the configuration of a model, with some numbers changed (None removes one)."""

    def read(name, **changes):
        table = {key: value for key, value in {**own_config(name), **changes}.items() if value is not None}
        config = read_config(json.dumps(table).encode(), "config.json")
        return read_shape(config), config

    return read


def count(shape, config):
    positions = config.number("max_position_embeddings", "n_positions") or 0
    return counted_parameters(shape, positions=positions, token_types=config.number("type_vocab_size") or 0)


@pytest.mark.parametrize("name", TWINS)
def test_a_shape_agrees_with_what_other_sources_told_us_of_the_model(shape_of, name):
    shape, config = shape_of(name)
    twin = read_model(SHIPPED, TWINS[name])
    assert count(shape, config) == pytest.approx(twin.parameters, rel=1e-6)
    ours, theirs = shape.architecture.model_dump(), twin.architecture.model_dump()
    if shape.family.kind == "encoder":
        # An encoder has no output embedding to tie; our own file leaves the key out.
        del ours["tied_embeddings"], theirs["tied_embeddings"]
    assert ours == theirs


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_those_that_are_published(shape_of, name):
    published, thousandths = PUBLISHED[name]
    assert count(*shape_of(name)) == pytest.approx(published, rel=thousandths / 1000, abs=0)


@pytest.mark.parametrize("name", MORE)
def test_other_families_come_out_as_published_as_well(name):
    row = MORE[name]
    config = read_config(json.dumps(row["config"]).encode(), "config.json")
    # What is rounded in its publication, or sees with an image encoder of another make, is told by the tolerance.
    assert count(read_shape(config), config) == pytest.approx(row["parameters"], rel=row["thousandths"] / 1000, abs=0)


def test_a_model_that_sees_is_read_from_its_nested_table(shape_of):
    shape, _ = shape_of("gemma-3-4b-vision")
    assert (shape.architecture.hidden_size, shape.architecture.layers) == (2560, 34)
    assert (shape.architecture.sliding_window, shape.architecture.sliding_window_layers) == (1024, 29)
    assert any("it also sees" in note for note in shape.notes)


def test_what_google_leaves_to_its_librarys_defaults_is_known(own_config):
    table = own_config("gemma-3-4b-vision")
    unsaid = {"vocab_size", "num_attention_heads", "num_key_value_heads", "head_dim", "max_position_embeddings"}
    table["text_config"] = {key: value for key, value in table["text_config"].items() if key not in unsaid}
    shape = read_shape(read_config(json.dumps(table).encode(), "config.json")).architecture
    assert (shape.attention_heads, shape.kv_heads, shape.head_dim) == (8, 4, 256)
    assert (shape.vocabulary_size, shape.max_context_tokens) == (262_208, 131_072)


def test_what_is_counted_too_high_says_so(shape_of):
    shape, _ = shape_of("bge-large", embedding_size=128, num_hidden_groups=1)
    assert any("its embeddings are 128 wide and its layers 1024" in note for note in shape.notes)
    assert any("its layers share their parameters" in note for note in shape.notes)


def test_linear_attention_in_some_layers_is_refused(shape_of):
    with pytest.raises(Failure, match="a hybrid with linear attention"):
        shape_of("mixtral-8x7b", attn_type_list=[0, 0, 1])


def test_chunks_count_like_windows(shape_of):
    shape, _ = shape_of("llama-4-scout")
    assert (shape.architecture.sliding_window, shape.architecture.sliding_window_layers) == (8192, 36)
    assert shape.architecture.experts == 17


def test_experts_in_every_second_layer_leave_the_width_open(own_config):
    table = own_config("llama-4-scout")
    table["text_config"] |= {"interleave_moe_layer_step": 2, "num_local_experts": 128}
    shape = read_shape(read_config(json.dumps(table).encode(), "config.json"))
    assert shape.architecture.intermediate_size is None
    assert any("24 layers have experts" in note for note in shape.notes)


@pytest.mark.parametrize(
    ("changes", "window"),
    [
        ({"sliding_window": 4096}, (4096, None)),
        ({"sliding_window": 32768}, (None, None)),
        ({"sliding_window": 4096, "layer_types": ["sliding_attention"] * 8 + ["full_attention"] * 24}, (4096, 8)),
        ({"sliding_window": 4096, "sliding_window_pattern": "LLLG"}, (4096, 24)),
        ({"sliding_window": 4096, "use_sliding_window": False}, (None, None)),
        (
            {"model_type": "qwen2", "sliding_window": 4096, "use_sliding_window": True, "max_window_layers": 28},
            (4096, 4),
        ),
        ({"model_type": "qwen2", "sliding_window": 4096}, (None, None)),
    ],
)
def test_each_way_of_saying_a_window(shape_of, changes, window):
    shape, _ = shape_of("mistral-7b-v0.1", **changes)
    assert (shape.architecture.sliding_window, shape.architecture.sliding_window_layers) == window


def test_falcons_old_form_has_one_key_value_head_and_its_new_form_what_it_says(shape_of):
    assert shape_of("falcon-7b")[0].architecture.kv_heads == 1
    new = {"new_decoder_architecture": True, "num_attention_heads": 128, "num_kv_heads": 8, "hidden_size": 8192}
    assert shape_of("falcon-7b", **new)[0].architecture.kv_heads == 8


def test_an_encoder_decoder_keeps_both_stacks(shape_of):
    shape, _ = shape_of("flan-t5-base", num_layers=10)
    assert (shape.architecture.layers, shape.architecture.encoder_layers) == (12, 10)
    assert shape.architecture.head_dim == 64


def test_positions_before_the_text_are_no_context(shape_of):
    assert shape_of("bge-m3")[0].architecture.max_context_tokens == 8192


def test_an_unknown_family_with_the_usual_numbers_is_counted_like_llama_and_says_so(shape_of):
    shape, config = shape_of("llama-3.1-8b", model_type="brand_new", architectures=["BrandNewForCausalLM"])
    assert count(shape, config) == 8_030_261_248
    assert shape.notes == ("brand_new is no family that modelyard knows: counted like Llama",)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"num_hidden_layers": None}, "does not say num_hidden_layers or n_layer"),
        ({"vocab_size": None}, "does not say vocab_size"),
        ({"max_position_embeddings": None}, "say it with --max-context"),
        ({"num_attention_heads": -1}, "is -1, which is no count"),
        ({"hidden_size": "4096"}, 'hidden_size is "4096"'),
        ({"hidden_size": True}, "is true, which is no count"),
        ({"num_attention_heads": 33}, "which does not divide it"),
        ({"model_type": "mamba2"}, "sizes transformers that read text"),
        ({"mamba_d_state": 128}, "a hybrid with state-space layers"),
        ({"layer_types": ["linear_attention", "full_attention"]}, "a model with layers of linear_attention"),
        ({"num_local_experts": "many"}, "is no count of experts"),
        ({"kv_lora_rank": 512}, "does not say qk_nope_head_dim"),
    ],
)
def test_what_cannot_be_sized_is_one_sentence(shape_of, changes, said):
    with pytest.raises(Failure) as failure:
        shape_of("llama-3.1-8b", **changes)
    assert said in failure.value.sentence


@pytest.mark.parametrize(
    ("table", "dtype", "group"),
    [
        ({"quant_method": "gptq", "bits": 4, "group_size": 32}, "int4", 32),
        ({"quant_method": "gptq", "bits": 8, "group_size": 128}, "int8", 128),
        ({"quant_method": "gptq", "bits": 4, "group_size": -1}, "int4", 4096),
        ({"quant_method": "awq", "w_bit": 4, "q_group_size": 64}, "int4", 64),
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8", 128),
        ({"quant_method": "fbgemm_fp8"}, "fp8", None),
        ({"quant_method": "mxfp4"}, "mxfp4", None),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "int4", 64),
        ({"load_in_8bit": True}, "int8", None),
        ({"quant_method": "modelopt", "quant_algo": "FP8"}, "fp8", None),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "int", "group_size": 128}}},
            },
            "int4",
            128,
        ),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"group_0": {"weights": {"num_bits": 8, "type": "float"}}},
            },
            "fp8",
            None,
        ),
    ],
)
def test_each_way_of_saying_a_quantisation(shape_of, table, dtype, group):
    form = weight_format(shape_of("llama-3.1-8b", quantization_config=table)[1])
    assert (form.dtype, form.group_size) == (dtype, group)


@pytest.mark.parametrize(
    "table",
    [
        {"quant_method": "gptq", "bits": 3},
        {"quant_method": "exl2", "bits": 4.25},
        {"quant_method": "modelopt", "quant_algo": "NVFP4"},
        {"quant_method": "compressed-tensors"},
        {"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 4, "type": "float"}}}},
        {"quant_method": ["gptq"]},
    ],
)
def test_a_format_without_a_formula_is_refused_with_those_that_have_one(shape_of, table):
    with pytest.raises(Failure, match="fp8, int8, int4 and mxfp4"):
        weight_format(shape_of("llama-3.1-8b", quantization_config=table)[1])


def test_no_stated_dtype_means_what_it_means_to_transformers(shape_of):
    assert weight_format(shape_of("gpt2")[1]).dtype == "float32"
    assert weight_format(shape_of("gpt2", dtype="bfloat16")[1]).dtype == "bfloat16"
    with pytest.raises(Failure, match="torch_dtype is int3"):
        weight_format(shape_of("gpt2", torch_dtype="int3")[1])
