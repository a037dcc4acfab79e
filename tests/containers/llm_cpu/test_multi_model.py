from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from containers.llm_cpu.errors import ModelUnusable
from containers.llm_cpu.model_folder import ModelFolder
from containers.llm_cpu.multi_model import MultiModel
from containers.llm_cpu.settings import Settings

Build = Callable[..., Any]
CHAT = {"messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def converse(connected: Build, settings_with: Callable[..., Settings]) -> Build:
    def run(open_engine: Callable[[ModelFolder], Any], conversation: Build, **environment: str) -> Any:
        served = MultiModel(settings_with(SAGEMAKER_MULTI_MODEL="true", **environment), open_engine)

        async def talk() -> Any:
            async with connected(served.application()) as client:
                return await conversation(client)

        return asyncio.run(talk())

    return run


@pytest.fixture
def models(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """A folder with a model of that name, as the body SageMaker posts."""

    def make(name: str) -> dict[str, str]:
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.gguf").write_bytes(b"GGUF")
        return {"model_name": name, "url": str(tmp_path / name)}

    return make


def test_models_are_loaded_listed_described_invoked_and_unloaded(
    converse: Build, scripted: Build, models: Callable[[str], dict[str, str]]
) -> None:
    engines: dict[str, Any] = {}

    def open_engine(folder: ModelFolder) -> Any:
        engines[folder.name] = scripted(words=[f"I am {folder.name}"])
        return engines[folder.name]

    async def conversation(client: httpx.AsyncClient) -> None:
        assert (await client.get("/ping")).status_code == 200
        assert (await client.get("/models")).json() == {"models": []}
        one, two = models("one"), models("two")
        assert (await client.post("/models", json=one)).status_code == 200
        assert (await client.post("/models", json=two)).status_code == 200
        listed = (await client.get("/models")).json()["models"]
        assert listed == [
            {"modelName": "one", "modelUrl": one["url"]},
            {"modelName": "two", "modelUrl": two["url"]},
        ]
        assert (await client.get("/models/two")).json() == listed[1]
        for name in ("one", "two"):
            answer = (await client.post(f"/models/{name}/invoke", json=CHAT)).json()
            assert answer["choices"][0]["message"]["content"] == f"I am {name}"
        assert (await client.delete("/models/one")).status_code == 200
        assert engines["one"].unloaded and not engines["two"].unloaded
        assert [model["modelName"] for model in (await client.get("/models")).json()["models"]] == ["two"]
        assert (await client.post("/models", json=one)).status_code == 200

    converse(open_engine, conversation)
    assert engines["two"].unloaded


def test_what_is_loaded_already_or_loading_conflicts(
    converse: Build, scripted: Build, models: Callable[[str], dict[str, str]]
) -> None:
    async def conversation(client: httpx.AsyncClient) -> None:
        body = models("one")
        both = await asyncio.gather(client.post("/models", json=body), client.post("/models", json=body))
        assert sorted(answer.status_code for answer in both) == [200, 409]
        again = await client.post("/models", json=body)
        assert again.status_code == 409
        assert again.json()["error"]["message"] == "model one is already loaded"

    def open_engine(folder: ModelFolder) -> Any:
        engine = scripted()

        async def load() -> None:
            await asyncio.sleep(0.02)

        engine.load = load
        return engine

    converse(open_engine, conversation)


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("POST", "/invoke")])
def test_a_model_that_is_not_loaded_is_not_found(converse: Build, scripted: Build, method: str, path: str) -> None:
    async def conversation(client: httpx.AsyncClient) -> httpx.Response:
        return await client.request(method, f"/models/other{path}", json=CHAT)

    answer = converse(lambda folder: scripted(), conversation)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "model other is not loaded"


def test_a_folder_that_does_not_exist_is_not_found(converse: Build, scripted: Build, tmp_path: Path) -> None:
    async def conversation(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/models", json={"model_name": "one", "url": str(tmp_path / "none")})

    assert converse(lambda folder: scripted(), conversation).status_code == 404


def test_a_model_without_room_is_refused_as_sagemaker_understands_and_loads_after_another_left(
    converse: Build, scripted: Build, models: Callable[[str], dict[str, str]]
) -> None:
    async def conversation(client: httpx.AsyncClient) -> None:
        one, two = models("one"), models("two")
        assert (await client.post("/models", json=one)).status_code == 200
        refused = await client.post("/models", json=two)
        assert refused.status_code == 507
        assert "needs about 370 MiB of memory and 300 MiB are free" in refused.json()["error"]["message"]
        await client.delete("/models/one")
        assert (await client.post("/models", json=two)).status_code == 200

    converse(lambda folder: scripted(resident_bytes=100 * 1024 * 1024), conversation, MODELYARD_MEMORY_LIMIT_MIB="400")


def test_a_model_whose_engine_ended_counts_as_unloaded_so_that_it_can_be_loaded_again(
    converse: Build, scripted: Build, models: Callable[[str], dict[str, str]]
) -> None:
    engines: list[Any] = []

    def open_engine(folder: ModelFolder) -> Any:
        engines.append(scripted())
        return engines[-1]

    async def conversation(client: httpx.AsyncClient) -> None:
        body = models("one")
        await client.post("/models", json=body)
        engines[0].alive = False
        assert (await client.post("/models/one/invoke", json=CHAT)).status_code == 404
        assert (await client.post("/models", json=body)).status_code == 200

    converse(open_engine, conversation)


def test_a_model_takes_its_memory_until_it_is_unloaded(
    converse: Build, scripted: Build, models: Callable[[str], dict[str, str]]
) -> None:
    engine = scripted(paused=True, resident_bytes=100 * 1024 * 1024)

    async def conversation(client: httpx.AsyncClient) -> None:
        two = models("two")
        await client.post("/models", json=models("one"))
        running = asyncio.create_task(client.post("/models/one/invoke", json=CHAT))
        while not engine.asked:
            await asyncio.sleep(0.001)
        unloading = asyncio.create_task(client.delete("/models/one"))
        while (await client.get("/models/one")).status_code != 404:
            await asyncio.sleep(0.001)
        assert (await client.post("/models", json=two)).status_code == 507
        engine.paused = False
        assert (await running).status_code == (await unloading).status_code == 200
        assert (await client.post("/models", json=two)).status_code == 200

    converse(lambda folder: engine, conversation, MODELYARD_MEMORY_LIMIT_MIB="400")


def test_unloading_waits_for_what_runs(
    converse: Build, scripted: Build, models: Callable[[str], dict[str, str]]
) -> None:
    engine = scripted(paused=True)

    async def conversation(client: httpx.AsyncClient) -> None:
        await client.post("/models", json=models("one"))
        running = asyncio.create_task(client.post("/models/one/invoke", json=CHAT))
        while not engine.asked:
            await asyncio.sleep(0.001)
        unloading = asyncio.create_task(client.delete("/models/one"))
        await asyncio.sleep(0.02)
        assert not engine.unloaded
        assert (await client.post("/models/one/invoke", json=CHAT)).status_code == 404
        engine.paused = False
        assert (await running).json()["choices"][0]["message"]["content"] == "Hello world"
        assert (await unloading).status_code == 200

    converse(lambda folder: engine, conversation)


def test_files_that_are_no_model_are_refused_with_their_reason(
    converse: Build, scripted: Build, models: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()

    async def conversation(client: httpx.AsyncClient) -> list[httpx.Response]:
        bodies = [{"model_name": "empty", "url": str(tmp_path / "empty")}, models("one"), {"model_name": "x"}]
        return [await client.post("/models", json=body) for body in bodies]

    answers = converse(lambda folder: scripted(load_error=ModelUnusable("one.gguf is cut short")), conversation)
    assert [answer.status_code for answer in answers] == [400, 400, 400]
    sentences = [answer.json()["error"]["message"] for answer in answers]
    assert "neither one *.gguf file" in sentences[0]
    assert sentences[1] == "one.gguf is cut short"
    assert 'must have "model_name" and "url"' in sentences[2]


@pytest.mark.parametrize(
    "name",
    ["a/b", "/a", ".", "..", "../a", "", "a\0b", "a\nb", "a\u2028b", "a\u202eb", "\ud800", "n" * 257, ["a", "b"], 7],
)
def test_a_name_that_could_never_be_asked_is_refused_when_it_is_loaded(
    converse: Build, scripted: Build, models: Callable[[str], dict[str, str]], name: object
) -> None:
    async def conversation(client: httpx.AsyncClient) -> None:
        answer = await client.post("/models", content=json.dumps({**models("one"), "model_name": name}))
        assert answer.status_code == 400
        assert len(answer.content) < 500
        assert (await client.get("/models")).json() == {"models": []}

    converse(lambda folder: scripted(), conversation)


@pytest.mark.parametrize("name", ["7f3a", "a b", "a%2Fb", "a?b#c", "模型", "a\\b", "...", "a\uff0fb", "n" * 256])
def test_every_other_name_is_loaded_and_can_be_asked_and_unloaded(
    converse: Build, scripted: Build, models: Callable[[str], dict[str, str]], name: str
) -> None:
    async def conversation(client: httpx.AsyncClient) -> None:
        path = f"/models/{quote(name, safe='')}"
        assert (await client.post("/models", json={**models("one"), "model_name": name})).status_code == 200
        assert (await client.get(path)).json()["modelName"] == name
        assert (await client.post(f"{path}/invoke", json=CHAT)).status_code == 200
        assert (await client.delete(path)).status_code == 200

    converse(lambda folder: scripted(), conversation)


@pytest.mark.parametrize(
    "url", ["", "relative", "/a\0b", "/" + "a" * 300, "/" + "a/" * 3000, "\ud800", 7, ["/a", "/b"]]
)
def test_a_folder_that_is_no_path_is_refused(converse: Build, scripted: Build, url: object) -> None:
    async def conversation(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/models", content=json.dumps({"model_name": "one", "url": url}))

    assert converse(lambda folder: scripted(), conversation).status_code in {400, 404}


def test_a_model_that_is_still_loading_ends_with_the_server(
    converse: Build, scripted: Build, models: Callable[[str], dict[str, str]]
) -> None:
    engine = scripted()
    began = asyncio.Event()

    async def load() -> None:
        began.set()
        await asyncio.Event().wait()

    engine.load = load

    async def conversation(client: httpx.AsyncClient) -> Any:
        loading = asyncio.create_task(client.post("/models", json=models("one")))
        await began.wait()
        return loading

    converse(lambda folder: engine, conversation)
    assert engine.unloaded


def test_a_long_list_comes_in_pages(converse: Build, scripted: Build, models: Callable[[str], dict[str, str]]) -> None:
    async def conversation(client: httpx.AsyncClient) -> None:
        for name in ("a", "b", "c"):
            await client.post("/models", json=models(name))
        first = (await client.get("/models", params={"limit": 2})).json()
        assert [model["modelName"] for model in first["models"]] == ["a", "b"]
        rest = (await client.get("/models", params={"limit": 2, "next_page_token": first["nextPageToken"]})).json()
        assert [model["modelName"] for model in rest["models"]] == ["c"]
        assert "nextPageToken" not in rest
        assert (await client.get("/models", params={"limit": "x"})).status_code == 400

    converse(lambda folder: scripted(), conversation)
