"""An engine runs models of the entry's kind."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.schema import Model
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY072",
    severity="warning",
    title="the engine runs models of this kind: text, embeddings, encoder with decoder",
    reason="Text Embeddings Inference answers embeddings, classes and ranks, and writes no text. vLLM, and with it LMI "
    "and Neuron, no longer runs models whose decoder looks at a separate encoder, such as T5 and BART; Text Generation "
    "Inference runs T5, and no model for embeddings.",
    source="https://github.com/huggingface/text-embeddings-inference; "
    "https://docs.vllm.ai/en/stable/usage/v1_guide.html; "
    "https://huggingface.co/docs/text-generation-inference/supported_models",
    fix="tei or vllm for embeddings, tgi for an encoder with a decoder, vllm for other text; or engine custom with an "
    "image that runs it",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: tei, instance: ml.g5.2xlarge}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, instance: ml.g5.2xlarge}
""",
)
_NO_SEPARATE_ENCODER = ("vllm", "lmi", "neuron")


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    engine = entry.endpoint.serving.engine
    # A multi-model endpoint runs an own image (MY029).
    if entry.endpoint.kind == "multi-model" or engine == "custom":
        return
    [(name, model)] = entry.models.items()
    if wrong := _mismatch(engine, model):
        yield Violation(("serving", "engine"), f"engine {engine} {wrong[0]}, and {name} is {wrong[1]}: {wrong[2]}")


def _mismatch(engine: str, model: Model) -> tuple[str, str, str] | None:
    """What the engine does, what the model is, and the way out."""
    if engine == "tei" and model.task != "embedding":
        return "answers embeddings only", f"for {model.task}", "use vllm or another engine for text"
    if engine == "tgi" and model.task == "embedding":
        return "writes text only", "for embeddings", "use tei, or vllm where it knows the model"
    if engine in _NO_SEPARATE_ENCODER and model.task != "embedding" and model.architecture.encoder_layers:
        return "runs decoders only", "an encoder with a decoder", "use tgi, or engine custom with an image that runs it"
    return None
