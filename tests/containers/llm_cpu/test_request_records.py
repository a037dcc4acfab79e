"""Our server records every invocation, answered, refused, failed or abandoned, with the engine's times."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from containers.llm_cpu.multi_model import MultiModel
from containers.llm_cpu.single_model import SingleModel
from containers.request_records.middleware import RecordRequests
from containers.request_records.record import Observation, line
from containers.request_records.settings import RecordSettings

SCHEMA = Path(__file__).parents[3] / "lambdas" / "shared" / "request_record.schema.json"
ASK = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 8}
NAMES = {
    "MODELYARD_REQUEST_RECORDS": "true",
    "MODELYARD_ENDPOINT": "chat",
    "MODELYARD_VARIANT": "AllTraffic",
}


class Kept:
    """In the writer's place: keeps what it is given."""

    def __init__(self) -> None:
        self.observations: list[Observation] = []

    def add(self, observation: Observation) -> None:
        self.observations.append(observation)

    def records(self) -> list[dict[str, Any]]:
        settings = RecordSettings(endpoint="chat", variant="AllTraffic", engine="llm_cpu", model=None)
        found = [json.loads(line(one, settings, dropped_before=0)) for one in self.observations]
        validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
        for record in found:
            validator.validate(record)
        return found

    def only(self) -> dict[str, Any]:
        (record,) = self.records()
        return record


@pytest.fixture
def kept() -> Kept:
    return Kept()


def single(settings: Any, engine: Any) -> Any:
    return SingleModel(settings, lambda folder: engine, lambda sentence: None).application()


async def asked(kept: Kept, application: Any, body: Any, **headers: str) -> httpx.Response:
    recording = RecordRequests(application, kept)  # type: ignore[arg-type]
    async with application.router.lifespan_context(application):
        transport = httpx.ASGITransport(recording)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://container") as client:
            for _ in range(200):
                if (await client.get("/ping")).status_code == 200:
                    break
                await asyncio.sleep(0.005)
            return await client.post("/invocations", json=body, headers=headers)


def test_a_whole_answer_is_recorded_with_what_the_engine_counted(
    kept: Kept, scripted: Any, settings_with: Any, gguf_folder: Path
) -> None:
    attributes = {"X-Amzn-SageMaker-Custom-Attributes": "team=support", "X-Amzn-SageMaker-Inference-Id": "order-77"}
    answer = asyncio.run(asked(kept, single(settings_with(), scripted()), ASK, **attributes))
    assert answer.status_code == 200
    record = kept.only()
    assert (record["status"], record["streamed"], record["stop_reason"]) == (200, False, "stop")
    assert (record["input_tokens"], record["output_tokens"], record["cached_input_tokens"]) == (7, 2, None)
    assert (record["team"], record["inference_id"], record["request_id"]) == ("support", "order-77", None)
    assert record["model"] == "tiny"
    assert 0 <= record["queue_ms"] <= record["time_to_first_token_ms"] <= record["latency_ms"]
    assert record["time_per_output_token_ms"] is not None


def test_a_stream_is_recorded_once_when_it_is_over(
    kept: Kept, scripted: Any, settings_with: Any, gguf_folder: Path
) -> None:
    engine = scripted(words=("One", " two", " three"))
    answer = asyncio.run(asked(kept, single(settings_with(), engine), {**ASK, "stream": True}))
    assert answer.text.endswith("data: [DONE]\n\n")
    record = kept.only()
    assert (record["streamed"], record["output_tokens"], record["stop_reason"]) == (True, 3, "stop")


def test_one_token_has_no_time_per_further_token(
    kept: Kept, scripted: Any, settings_with: Any, gguf_folder: Path
) -> None:
    asyncio.run(asked(kept, single(settings_with(), scripted(words=("One",))), ASK))
    record = kept.only()
    assert record["time_to_first_token_ms"] is not None
    assert record["time_per_output_token_ms"] is None


def test_a_refused_request_is_recorded_with_its_status_and_nothing_measured(
    kept: Kept, scripted: Any, settings_with: Any, gguf_folder: Path
) -> None:
    asyncio.run(asked(kept, single(settings_with(), scripted()), {"wrong": "Say hello."}))
    record = kept.only()
    assert record["status"] == 400
    assert {record[name] for name in ("queue_ms", "input_tokens", "output_tokens", "stop_reason")} == {None}
    assert "hello" not in json.dumps(record)


@pytest.mark.parametrize(("stream", "status", "stop_reason"), [(False, 500, None), (True, 200, "error")])
def test_a_failure_is_recorded_before_and_after_the_status_was_sent(
    kept: Kept,
    scripted: Any,
    settings_with: Any,
    gguf_folder: Path,
    stream: bool,
    status: int,
    stop_reason: str | None,
) -> None:
    engine = scripted(words=("One", " two"), fails_after=1)
    asyncio.run(asked(kept, single(settings_with(), engine), {**ASK, "stream": stream}))
    record = kept.only()
    assert (record["status"], record["stop_reason"], record["output_tokens"]) == (status, stop_reason, 1)


def test_pings_and_metrics_are_no_requests(kept: Kept, scripted: Any, settings_with: Any, gguf_folder: Path) -> None:
    async def scene() -> None:
        application = single(settings_with(), scripted())
        async with application.router.lifespan_context(application):
            transport = httpx.ASGITransport(RecordRequests(application, kept))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://container") as client:
                await client.get("/metrics")
                await client.get("/ping")
                await client.get("/invocations")

    asyncio.run(scene())
    assert kept.observations == []


def test_embeddings_have_input_tokens_and_no_output(
    kept: Kept, scripted: Any, settings_with: Any, gguf_folder: Path
) -> None:
    engine = scripted(kind="embedding")
    asyncio.run(asked(kept, single(settings_with(), engine), {"input": ["a", "b"]}))
    record = kept.only()
    assert (record["input_tokens"], record["output_tokens"], record["stop_reason"]) == (6, None, None)
    assert record["queue_ms"] is not None


def test_of_several_models_the_one_that_was_asked_for_is_recorded(
    kept: Kept, scripted: Any, settings_with: Any, gguf_folder: Path
) -> None:
    async def scene() -> None:
        application = MultiModel(settings_with(SAGEMAKER_MULTI_MODEL="true"), lambda folder: scripted()).application()
        transport = httpx.ASGITransport(RecordRequests(application, kept))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://container") as client:
            loaded = await client.post("/models", json={"model_name": "a1b2", "url": str(gguf_folder)})
            assert loaded.status_code == 200
            target = {"X-Amzn-SageMaker-Target-Model": "shelf/tiny.tar.gz"}
            assert (await client.post("/models/a1b2/invoke", json=ASK, headers=target)).status_code == 200
            assert (await client.post("/models/gone/invoke", json=ASK)).status_code == 404

    asyncio.run(scene())
    answered, missing = kept.records()
    assert (answered["model"], answered["status"], answered["output_tokens"]) == ("shelf/tiny", 200, 2)
    assert (missing["model"], missing["status"]) == ("gone", 404)


def lines(logged: str) -> list[dict[str, Any]]:
    return [json.loads(one) for one in logged.splitlines()]


def test_the_real_server_writes_answered_and_abandoned_requests_to_its_output(
    start_server: Callable[..., Any], generation_model: Path
) -> None:
    server = start_server(MODELYARD_MODEL_DIR=str(generation_model), MODELYARD_MODEL="smollm2", **NAMES)
    server.wait_until_healthy()
    whole = server.post("/invocations", {**ASK, "ignore_eos": True}).json()
    long = {**ASK, "max_tokens": 1500, "ignore_eos": True, "stream": True}
    with httpx.stream("POST", f"{server.url}/invocations", json=long, timeout=60) as answer:
        next(answer.iter_lines())
    server.process.terminate()
    output, _ = server.process.communicate(timeout=30)
    answered, abandoned = lines(output)
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    validator.validate(answered)
    validator.validate(abandoned)
    assert (answered["endpoint"], answered["model"], answered["engine"]) == ("chat", "smollm2", "llm_cpu")
    assert answered["input_tokens"] == whole["usage"]["prompt_tokens"]
    assert answered["output_tokens"] == 8
    assert 0 < answered["time_to_first_token_ms"] < answered["latency_ms"]
    generated = answered["time_to_first_token_ms"] + 7 * answered["time_per_output_token_ms"]
    assert generated == pytest.approx(answered["latency_ms"], abs=50)
    assert (abandoned["status"], abandoned["stop_reason"], abandoned["streamed"]) == (499, "abort", True)
    assert 0 < abandoned["output_tokens"] < 1500


def test_a_server_that_was_not_asked_for_records_writes_none(
    start_server: Callable[..., Any], generation_model: Path
) -> None:
    server = start_server(MODELYARD_MODEL_DIR=str(generation_model))
    server.wait_until_healthy()
    assert server.post("/invocations", ASK).status_code == 200
    server.process.terminate()
    assert server.process.communicate(timeout=30)[0] == ""
