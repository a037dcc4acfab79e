"""What a family of models has that its config.json leaves unsaid: how its blocks are built.

It decides how parameters are counted where no weights are at hand, and nothing else. Each row follows the family's
model code in https://github.com/huggingface/transformers (src/transformers/models/<model_type>); a family that is not
here is counted like Llama, and the model file says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["decoder", "encoder", "encoder-decoder"]
Biases = Literal["none", "qkv", "all"]


@dataclass(frozen=True, kw_only=True)
class Family:
    """How the blocks of a family are built; `tied` holds where the file does not say.

    `window_pattern` n means that every nth layer has no window. `sinks` are one learned logit for each head, and come
    with a bias on the router.
    """

    kind: Kind = "decoder"
    gated: bool = True
    attention_bias: Biases = "none"
    mlp_bias: bool = False
    norms: int = 2
    norm_bias: bool = False
    qk_norm: bool = False
    tied: bool = False
    learned_positions: bool = False
    extra_positions: int = 0
    head_bias: bool = False
    window_pattern: int | None = None
    sinks: bool = False
    pooler: bool = False


_LLAMA = Family()
_QWEN2 = Family(attention_bias="qkv")
_QWEN3 = Family(qk_norm=True)
_GEMMA = Family(tied=True)
_PLAIN = Family(gated=False, attention_bias="all", mlp_bias=True, norm_bias=True)
_BERT = Family(
    kind="encoder", gated=False, attention_bias="all", mlp_bias=True, norm_bias=True, learned_positions=True, tied=True,
    pooler=True,
)  # fmt: skip
_T5 = Family(kind="encoder-decoder", gated=False, tied=True, norms=2)
_BART = replace(_PLAIN, kind="encoder-decoder", tied=True, learned_positions=True, extra_positions=2)

FAMILIES: dict[str, Family] = {
    **dict.fromkeys(
        ("llama", "mistral", "mixtral", "phi3", "phimoe", "internlm2", "internlm3", "baichuan", "yi", "minicpm",
         "aquila", "exaone", "ernie4_5", "ernie4_5_moe", "ministral", "smollm3", "arcee", "solar", "deepseek",
         "deepseek_v2", "deepseek_v3", "deepseek_v32", "kimi_k2", "llama4_text", "mllama_text_model", "dbrx"),
        _LLAMA,
    ),
    **dict.fromkeys(("qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl", "qwen2_5_vl_text", "qwen2_vl_text"), _QWEN2),
    **dict.fromkeys(("qwen3", "qwen3_moe", "qwen3_vl_text", "qwen3_vl_moe_text"), _QWEN3),
    **dict.fromkeys(("glm4_moe", "dots1"), replace(_QWEN3, attention_bias="qkv")),
    "glm": _QWEN2,
    "glm4": replace(_QWEN2, norms=4),
    "granite": replace(_LLAMA, tied=True),
    "granitemoe": replace(_LLAMA, tied=True),
    "olmo": replace(_LLAMA, norms=0),
    "olmo2": replace(_LLAMA, qk_norm=True),
    "olmo3": replace(_LLAMA, qk_norm=True, window_pattern=4),
    "olmoe": replace(_LLAMA, qk_norm=True),
    "exaone4": replace(_LLAMA, qk_norm=True, window_pattern=4),
    "gemma": _GEMMA,
    "gemma2": replace(_GEMMA, norms=4, window_pattern=2),
    "gemma3": replace(_GEMMA, norms=4, qk_norm=True, window_pattern=6),
    "gemma3_text": replace(_GEMMA, norms=4, qk_norm=True, window_pattern=6),
    "cohere": replace(_LLAMA, norms=1, tied=True),
    "cohere2": replace(_LLAMA, norms=1, tied=True, window_pattern=4),
    "gpt_oss": replace(_LLAMA, attention_bias="all", mlp_bias=True, window_pattern=2, sinks=True),
    "stablelm": replace(_LLAMA, norm_bias=True),
    "chatglm": replace(_LLAMA, attention_bias="qkv"),
    "starcoder2": replace(_PLAIN, tied=True),
    "falcon": Family(gated=False, norm_bias=True, norms=1, tied=True),
    "refinedweb": Family(gated=False, norm_bias=True, norms=2, tied=True),
    "refinedwebmodel": Family(gated=False, norm_bias=True, norms=1, tied=True),
    "gpt2": replace(_PLAIN, tied=True, learned_positions=True),
    "gpt_bigcode": replace(_PLAIN, tied=True, learned_positions=True),
    "gpt_neo": replace(_PLAIN, attention_bias="none", tied=True, learned_positions=True),
    "gpt_neox": _PLAIN,
    "gptj": replace(_PLAIN, attention_bias="none", norms=1, head_bias=True),
    "codegen": replace(_PLAIN, attention_bias="none", norms=1, head_bias=True),
    "bloom": replace(_PLAIN, tied=True),
    "mpt": Family(gated=False, tied=True),
    "opt": replace(_PLAIN, tied=True, learned_positions=True, extra_positions=2),
    "phi": replace(_PLAIN, norms=1, head_bias=True),
    **dict.fromkeys(
        ("bert", "roberta", "xlm-roberta", "camembert", "mpnet", "albert", "jina_bert"),
        _BERT,
    ),
    **dict.fromkeys(("distilbert", "electra", "deberta-v2"), replace(_BERT, pooler=False)),
    "nomic_bert": Family(kind="encoder", norm_bias=True, tied=True),
    "new": Family(kind="encoder", attention_bias="qkv", norm_bias=True, tied=True),
    "modernbert": Family(kind="encoder", tied=True),
    **dict.fromkeys(("t5", "mt5", "umt5", "longt5"), _T5),
    **dict.fromkeys(("bart", "mbart", "pegasus", "m2m_100", "marian", "blenderbot"), _BART),
}  # fmt: skip

# Numbers that makers leave to transformers' own defaults, by the type of the language model's table.
# Gemma 3: https://huggingface.co/google/gemma-3-4b-it/blob/main/config.json states no more than its layers and widths;
# the rest is Gemma3TextConfig's.
UNSAID: dict[str, dict[str, int]] = {
    "gemma3_text": {
        "vocab_size": 262_208,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "max_position_embeddings": 131_072,
    },
}

# What the sizing of attention says nothing about, by a key that only such configurations have.
NOT_SIZED: dict[str, str] = {
    "state_size": "a state-space model",
    "ssm_cfg": "a state-space model",
    "mamba_d_state": "a hybrid with state-space layers",
    "ssm_state_size": "a hybrid with state-space layers",
    "mamba_d_ssm": "a hybrid with state-space layers",
    "mamba_num_heads": "a hybrid with state-space layers",
    "linear_num_value_heads": "a hybrid with linear attention",
    "linear_attn_config": "a hybrid with linear attention",
    "attn_type_list": "a hybrid with linear attention",
    "time_mix_extra_dim": "a recurrent model",
    "lru_width": "a hybrid with recurrent layers",
    "altup_num_inputs": "a model with an embedding for each layer",
    "conv_L_cache": "a hybrid with convolutions",
    "block_ffn_dim_multiplier": "a hybrid with convolutions",
}
# Families that answer with no text, or hear instead of read.
NO_TEXT_MODELS = frozenset(
    {"whisper", "wav2vec2", "hubert", "clip", "siglip", "vit", "deit", "swin", "dinov2", "sam", "speecht5", "encodec",
     "musicgen", "bark", "detr", "rwkv", "rwkv5", "rwkv6", "rwkv7", "mamba", "mamba2", "falcon_mamba"}
)  # fmt: skip


def family_of(model_type: str) -> Family | None:
    """How a family is built; None for one that nobody has written down here."""
    return FAMILIES.get(model_type.lower())
