"""What can be known of the images without building them."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILES = sorted(ROOT.glob("containers/*/Dockerfile"))
LABEL = "com.amazonaws.sagemaker.capabilities"


def name_of(dockerfile: Path) -> str:
    return dockerfile.parent.name


def copied(dockerfile: Path) -> list[tuple[str, str]]:
    """Source and target of what comes from the repository."""
    return re.findall(r"^COPY (?!--from)(\S+) (\S+)$", dockerfile.read_text(), re.MULTILINE)


def test_both_images_are_there() -> None:
    assert [name_of(dockerfile) for dockerfile in DOCKERFILES] == ["llm_cpu", "vllm"]


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=name_of)
def test_hadolint_has_nothing_to_say(dockerfile: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    run = subprocess.run([hadolint, dockerfile], capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.returncode) == ("", 0)


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=name_of)
def test_the_base_image_is_pinned_to_a_full_version(dockerfile: Path) -> None:
    bases = re.findall(r"^ARG \w+=(\S+)$", dockerfile.read_text(), re.MULTILINE)
    assert bases
    assert all(re.fullmatch(r"[\w/.-]+:v?\d+\.\d+\.\d+(-[\w.-]+)?", base) for base in bases)


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=name_of)
def test_the_server_does_not_run_as_root(dockerfile: Path) -> None:
    content = dockerfile.read_text()
    [number] = re.findall(r"^USER (\d+)$", content, re.MULTILINE)
    assert int(number) > 0 and f"useradd --uid {number} " in content
    assert content.index(f"USER {number}") < content.index("ENTRYPOINT")


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=name_of)
def test_the_base_image_can_be_given_by_its_digest(dockerfile: Path) -> None:
    """Every stage is built from the argument, so that one pin pins all of them."""
    content = dockerfile.read_text()
    [argument] = re.findall(r"^ARG (\w+)=", content, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", content, re.MULTILINE)) == {f"${{{argument}}}"}


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=name_of)
def test_sagemaker_is_told_what_the_image_can_do(dockerfile: Path) -> None:
    content = dockerfile.read_text()
    assert f"{LABEL}.accept-bind-to-port=true" in content
    assert (f"{LABEL}.multi-models=true" in content) == (name_of(dockerfile) == "llm_cpu")


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=name_of)
def test_everything_the_image_copies_exists(dockerfile: Path) -> None:
    sources = [source for source, _target in copied(dockerfile)]
    assert sources
    assert all((ROOT / source).exists() for source in sources)


def test_what_the_cpu_image_copies_is_enough_to_start_there(tmp_path: Path) -> None:
    """The copied files alone, in their places, with the locked packages: the server starts and says what is missing."""
    for source, target in copied(ROOT / "containers/llm_cpu/Dockerfile"):
        place = tmp_path / target.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, place)
    python = os.environ.get("MODELYARD_ENGINE_PYTHON", str(ROOT / ".venv-engine/bin/python"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/model.gguf").write_bytes(b"no model")
    run = subprocess.run(
        [python, "-m", "containers.llm_cpu.serve", "serve"],
        cwd=tmp_path / "opt/modelyard",
        env={
            "PATH": os.environ["PATH"],
            "MODELYARD_BIND_HOST": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(port),
            "MODELYARD_MODEL_DIR": str(tmp_path / "broken"),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert "model.gguf cannot be read as a GGUF file" in run.stderr.splitlines()[-1]
