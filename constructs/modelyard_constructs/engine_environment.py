"""How an entry's settings are told to its engine: environment variables, in each image's own words."""

from __future__ import annotations

from collections.abc import Mapping

from modelyard.catalog.entry import AnyEndpoint, Entry
from modelyard.catalog.schema import InstanceServing

# Where SageMaker puts the files of a Model that serves one model.
# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
MODEL_FOLDER = "/opt/ml/model"


def engine_environment(entry: Entry) -> dict[str, str]:
    """The variables of an entry's container; what the entry's own `environment` says wins.

    A setting that is not given is left to the engine.
    """
    serving = entry.endpoint.serving
    context = serving.max_context_tokens
    sequences = _sequences(entry.endpoint)
    parallel = serving.tensor_parallel_degree if isinstance(serving, InstanceServing) else None
    match serving.engine:
        case "vllm":
            # https://aws.github.io/deep-learning-containers/vllm/configuration/
            settings = _given(
                SM_VLLM_MODEL=MODEL_FOLDER,
                SM_VLLM_SERVED_MODEL_NAME=_only_model(entry),
                SM_VLLM_MAX_MODEL_LEN=context,
                SM_VLLM_MAX_NUM_SEQS=sequences,
                SM_VLLM_TENSOR_PARALLEL_SIZE=parallel,
            )
        case "neuron":
            # Hugging Face's image runs vLLM with the optimum-neuron plugin, whose words for a compiled shape these are.
            # https://huggingface.co/docs/optimum-neuron/en/guides/vllm_plugin
            if isinstance(serving, InstanceServing) and serving.compiled is not None:
                context = serving.compiled.sequence_length
                sequences = serving.compiled.batch_size
                parallel = serving.compiled.tensor_parallel_degree
            settings = _given(
                SM_ON_MODEL=MODEL_FOLDER,
                SM_ON_SEQUENCE_LENGTH=context,
                SM_ON_BATCH_SIZE=sequences,
                SM_ON_TENSOR_PARALLEL_SIZE=parallel,
            )
        case "lmi":
            # https://docs.djl.ai/master/docs/serving/serving/docs/lmi/user_guides/vllm_user_guide.html
            settings = _given(
                HF_MODEL_ID=MODEL_FOLDER,
                OPTION_MAX_MODEL_LEN=context,
                OPTION_MAX_ROLLING_BATCH_SIZE=sequences,
                OPTION_TENSOR_PARALLEL_DEGREE=parallel,
            )
        case "sglang":
            # https://aws.github.io/deep-learning-containers/sglang/configuration/
            settings = _given(
                SM_SGLANG_MODEL_PATH=MODEL_FOLDER,
                SM_SGLANG_SERVED_MODEL_NAME=_only_model(entry),
                SM_SGLANG_CONTEXT_LENGTH=context,
                SM_SGLANG_MAX_RUNNING_REQUESTS=sequences,
                SM_SGLANG_TP_SIZE=parallel,
            )
        case "tgi":
            # https://huggingface.co/docs/text-generation-inference/reference/launcher
            settings = _given(
                HF_MODEL_ID=MODEL_FOLDER,
                MAX_TOTAL_TOKENS=context,
                MAX_CONCURRENT_REQUESTS=sequences,
                SM_NUM_GPUS=parallel,
            )
        case "tei":
            # https://huggingface.co/docs/text-embeddings-inference/cli_arguments
            settings = _given(
                HF_MODEL_ID=MODEL_FOLDER,
                MAX_BATCH_TOKENS=_product(context, sequences),
                MAX_CONCURRENT_REQUESTS=sequences,
            )
        case "llama-cpp":
            # llama-server divides its context between its slots.
            # https://aws.github.io/deep-learning-containers/llama-cpp/configuration/
            settings = _given(
                SM_LLAMA_CPP_MODEL_DIR=MODEL_FOLDER,
                SM_LLAMA_CPP_ALIAS=_only_model(entry),
                SM_LLAMA_CPP_CTX_SIZE=_product(context, sequences),
                SM_LLAMA_CPP_PARALLEL=sequences,
            )
        case "custom":
            # containers/llm_cpu/settings.py reads these; another image of yours may.
            settings = _given(MODELYARD_MAX_CONTEXT_TOKENS=context, MODELYARD_MAX_RUNNING_REQUESTS=sequences)
    return settings | _sorted(serving.environment)


def _sequences(endpoint: AnyEndpoint) -> int | None:
    # A serverless endpoint's concurrency is AWS's limit on containers, each of which answers one request at a time.
    return 1 if endpoint.kind == "serverless" else endpoint.serving.max_concurrency


def _only_model(entry: Entry) -> str | None:
    return next(iter(entry.models)) if len(entry.models) == 1 else None


def _product(context: int | None, sequences: int | None) -> int | None:
    return context and context * (sequences or 1)


def _given(**settings: str | int | None) -> dict[str, str]:
    return {name: str(value) for name, value in settings.items() if value is not None}


def _sorted(environment: Mapping[str, str]) -> dict[str, str]:
    # The order of keys in a YAML file must not change a template.
    return dict(sorted(environment.items()))
