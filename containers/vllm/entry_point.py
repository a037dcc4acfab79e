"""From SageMaker's environment to vLLM's command line, as AWS's own vLLM image does it.

`SM_VLLM_MAX_MODEL_LEN=4096` becomes `--max-model-len 4096`, `true` a bare flag, `false` nothing
(https://aws.github.io/deep-learning-containers/vllm/configuration/). Standard library only: it runs on whatever Python
the base image has, and vLLM then takes its place in the same process, so that SIGTERM reaches vLLM itself. Where
records of requests are asked for, vLLM is told of the middleware and the plugin that make them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

PREFIX = "SM_VLLM_"
DEFAULT_PORT = "8080"
MODEL_FOLDER = Path("/opt/ml/model")
COMMAND = "vllm"
# This file lies in containers/vllm below it, in the repository as in the image.
ROOT = Path(__file__).resolve().parents[2]
PLUGIN = Path(__file__).resolve().parent / "plugin"
MIDDLEWARE = "containers.vllm.request_records.RecordVllmRequests"


class NoModel(Exception):
    """Nothing in the environment says what to serve."""


def command_line(environment: Mapping[str, str], *, model_folder: Path = MODEL_FOLDER) -> list[str]:
    """The whole command; the order of the flags does not depend on the order of the environment."""
    flags = {
        name.removeprefix(PREFIX).lower().replace("_", "-"): value
        for name, value in sorted(environment.items())
        if name.startswith(PREFIX)
    }
    model = flags.pop("model", "") or _found_model(environment, model_folder)
    flags.setdefault("port", environment.get("SAGEMAKER_BIND_TO_PORT") or DEFAULT_PORT)
    return [COMMAND, "serve", model, *(part for name, value in flags.items() for part in _flag(name, value))]


def recording(environment: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Flags and variables that make vLLM record its requests; none where nobody asks for it.

    Raises `RecordSettingRefused`."""
    sys.path.insert(0, str(ROOT))
    from containers.request_records.settings import read_record_settings

    if read_record_settings(environment, engine=COMMAND) is None:
        return [], {}
    places = [str(ROOT), str(PLUGIN), environment.get("PYTHONPATH", "")]
    return ["--middleware", MIDDLEWARE], {"PYTHONPATH": os.pathsep.join(filter(None, places))}


def _found_model(environment: Mapping[str, str], model_folder: Path) -> str:
    if model_folder.is_dir() and any(model_folder.iterdir()):
        return str(model_folder)
    if environment.get("HF_MODEL_ID"):
        return environment["HF_MODEL_ID"]
    raise NoModel(f"no model to serve: set {PREFIX}MODEL or HF_MODEL_ID, or put the model's files into {model_folder}")


def _flag(name: str, value: str) -> list[str]:
    if value.lower() == "false":
        return []
    return [f"--{name}"] if value.lower() in {"true", ""} else [f"--{name}", value]


def main() -> int:
    folder = Path(os.environ.get("MODELYARD_MODEL_DIR", MODEL_FOLDER))
    try:
        flags, variables = recording(os.environ)
        command = [*command_line(os.environ, model_folder=folder), *flags]
        os.execvpe(command[0], command, {**os.environ, **variables})
    except (NoModel, ValueError) as error:
        print(f"modelyard: {error}", file=sys.stderr)
    except FileNotFoundError:
        print(
            f"modelyard: there is no {COMMAND} on the PATH of this image; build it from a vLLM image", file=sys.stderr
        )
    return 1


if __name__ == "__main__":
    sys.exit(main())
