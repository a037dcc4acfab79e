from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from containers.llm_cpu.errors import ModelUnusable
from containers.llm_cpu.settings import Settings
from containers.llm_cpu.single_model import SingleModel

Build = Callable[..., Any]
CHAT = {"messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def ask(connected: Build, settings_with: Callable[..., Settings], gguf_folder: Path) -> Build:
    """Runs a conversation of requests against the routes over one scripted engine."""

    def run(engine: Any, conversation: Callable[[httpx.AsyncClient], Any], **environment: str) -> Any:
        served = SingleModel(settings_with(**environment), lambda folder: engine, on_failure=pytest.fail)

        async def talk() -> Any:
            async with connected(served.application()) as client:
                while (await client.get("/ping")).status_code != 200:
                    await asyncio.sleep(0.001)
                return await conversation(client)

        return asyncio.run(talk())

    return run


def post(body: object) -> Callable[[httpx.AsyncClient], Any]:
    return lambda client: client.post("/invocations", json=body)


def events(answer: httpx.Response) -> list[Any]:
    return [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]


def test_a_chat_is_answered_in_openais_form_with_its_usage(ask: Build, scripted: Build) -> None:
    answer = ask(scripted(), post(CHAT)).json()
    assert answer["object"] == "chat.completion"
    assert answer["model"] == "tiny"
    assert answer["choices"] == [
        {"index": 0, "message": {"role": "assistant", "content": "Hello world"}, "finish_reason": "stop"}
    ]
    assert answer["usage"] == {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


def test_a_streamed_chat_comes_token_by_token_and_ends_with_its_usage(ask: Build, scripted: Build) -> None:
    answer = ask(scripted(words=["He", '"llo', "\n😀"]), post({**CHAT, "stream": True}))
    assert answer.headers["content-type"].startswith("text/event-stream")
    chunks = events(answer)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas == [{"role": "assistant", "content": "He"}, {"content": '"llo'}, {"content": "\n😀"}, {}]
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"] == {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    assert answer.text.endswith("data: [DONE]\n\n")


def test_a_text_to_continue_is_answered_in_tgis_form(ask: Build, scripted: Build) -> None:
    body = {"inputs": "Once", "parameters": {"max_new_tokens": 9, "temperature": 0.5, "stop": ["x"]}}
    engine = scripted()
    assert ask(engine, post(body)).json() == [
        {
            "generated_text": "Hello world",
            "details": {"finish_reason": "eos_token", "generated_tokens": 2, "input_length": 7},
        }
    ]
    [request] = engine.asked
    assert (request.prompt, request.sampling.max_tokens, request.sampling.stop) == ("Once", 9, ("x",))


def test_a_streamed_text_ends_with_the_whole_text(ask: Build, scripted: Build) -> None:
    chunks = events(ask(scripted(), post({"inputs": "Once", "stream": True})))
    assert [chunk["token"]["text"] for chunk in chunks] == ["Hello", " world", ""]
    assert [chunk["index"] for chunk in chunks] == [1, 2, 3]
    assert chunks[-1]["generated_text"] == "Hello world"
    assert chunks[-1]["details"]["generated_tokens"] == 2


@pytest.mark.parametrize("name", ["input", "inputs"])
def test_texts_are_embedded_in_the_form_they_were_given_in(ask: Build, scripted: Build, name: str) -> None:
    answer = ask(scripted(kind="embedding"), post({name: ["a", "bcd"]})).json()
    if name == "inputs":
        assert answer == [[1.0, 1.0], [3.0, 1.0]]
    else:
        assert [row["embedding"] for row in answer["data"]] == [[1.0, 1.0], [3.0, 1.0]]
        assert answer["usage"] == {"prompt_tokens": 6, "total_tokens": 6}


def test_the_engine_is_told_how_to_sample(ask: Build, scripted: Build) -> None:
    engine = scripted()
    ask(engine, post({**CHAT, "max_completion_tokens": 5, "temperature": 0.7, "top_p": 0.9, "seed": 3, "stop": "END"}))
    sampling = engine.asked[0].sampling
    assert (sampling.max_tokens, sampling.temperature, sampling.top_p, sampling.seed) == (5, 0.7, 0.9, 3)
    assert sampling.stop == ("END",)


def test_an_answer_has_a_bounded_length_when_the_caller_names_none(ask: Build, scripted: Build) -> None:
    engine = scripted()
    ask(engine, post(CHAT), MODELYARD_DEFAULT_MAX_TOKENS="33")
    assert engine.asked[0].sampling.max_tokens == 33


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("{", "the body is not JSON"),
        ("[1]", "the body is [1]; it must be a JSON object"),
        ('{"inputs": "\\uD800"}', "half of a surrogate pair"),
        ("{}", 'neither "messages" (chat) nor "inputs"'),
        ('{"messages": []}', "at least one message"),
        ('{"messages": ["hi"]}', "messages[0] must be a JSON object"),
        ('{"messages": [{"role": "user"}]}', "messages[0].content must be a text"),
        ('{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}', "a part that is not text"),
        (
            '{"messages": [{"role": "user", "content": "x"}], "max_tokens": 0}',
            "max_tokens is 0; it must be a whole number",
        ),
        ('{"messages": [{"role": "user", "content": "x"}], "temperature": "hot"}', 'temperature is "hot"; it must be'),
        (
            '{"messages": [{"role": "user", "content": "x"}], "stream": "yes"}',
            'stream is "yes"; it must be true or false',
        ),
        ('{"messages": [{"role": "user", "content": "x"}], "n": 2}', "n is 2; this container gives one answer"),
        ('{"messages": [{"role": "user", "content": "x"}], "tools": [{}]}', "tools is [{}]; this container does not"),
        ('{"inputs": ["a", "b"]}', "inputs holds 2 texts"),
        ('{"inputs": []}', "inputs holds 0 texts"),
        ('{"inputs": "x", "parameters": 5}', "parameters is 5; it must be a JSON object"),
        ('{"inputs": "x", "parameters": {"max_new_tokens": 1.5}}', "parameters.max_new_tokens is 1.5"),
    ],
)
def test_a_bad_request_is_refused_with_a_sentence(ask: Build, scripted: Build, body: str, sentence: str) -> None:
    answer = ask(scripted(), lambda client: client.post("/invocations", content=body))
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"messages": []}, 'neither "input" nor "inputs"'),
        ({"input": ["x", 3]}, "it must be a text or a list of texts"),
        ({"input": "x", "stream": True}, "embeddings come in one piece"),
        ({"input": ["x"] * 2049}, "at most 2048 fit one request"),
    ],
)
def test_a_bad_embedding_request_is_refused(ask: Build, scripted: Build, body: object, sentence: str) -> None:
    answer = ask(scripted(kind="embedding"), post(body))
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]["message"]


TOO_MUCH = {
    "stop strings": ({**CHAT, "stop": ["a"] * 17}, "stop holds 17 texts; at most 16 fit one request"),
    "a million stop strings": ({**CHAT, "stop": ["a"] * 30_000}, "stop holds 30000 texts"),
    "long stop strings": ({**CHAT, "stop": ["é" * 2_049]}, "stop holds 4098 bytes; at most 4096 fit one request"),
    "TGI's stop strings": ({"inputs": "x", "parameters": {"stop": ["a"] * 17}}, "parameters.stop holds 17 texts"),
    "messages": ({"messages": CHAT["messages"] * 2_049}, "messages holds 2049 messages; at most 2048"),
    "characters of messages": (
        {"messages": [{"role": "user", "content": "x" * 200_000}] * 2},
        "the conversation has 400008 characters; at most 262144 are read",
    ),
    "characters of roles": ({"messages": [{"role": "r" * 300_000, "content": ""}]}, "the conversation has 300000"),
    "characters to continue": ({"inputs": "x" * 262_145}, "inputs has 262145 characters; at most 262144 are read"),
    "tokens": ({**CHAT, "max_tokens": 10**400}, "max_tokens is 1000"),
    "top_k": ({**CHAT, "top_k": 1 << 40}, "top_k is 1099511627776"),
    "a wrong value": ({**CHAT, "temperature": ["x" * 1000] * 300}, 'temperature is ["xxx'),
}


@pytest.mark.parametrize(("body", "sentence"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_would_cost_everyone_is_refused_before_the_engine_sees_it(
    ask: Build, scripted: Build, body: object, sentence: str
) -> None:
    engine = scripted()
    answer = ask(engine, post(body))
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(sentence)
    assert len(answer.content) < 500
    assert not engine.asked


def test_a_body_may_have_what_the_models_context_could_need(ask: Build, scripted: Build) -> None:
    small = scripted(context_tokens=16)
    answer = ask(small, lambda client: client.post("/invocations", content=b" " * 70_000))
    assert answer.status_code == 413
    assert "larger than 66560 bytes" in answer.json()["error"]["message"]


def test_a_large_answer_of_vectors_comes_in_parts_and_says_the_same(ask: Build, scripted: Build) -> None:
    texts = ["x" * (place % 7 + 1) for place in range(200)]
    tei = ask(scripted(kind="embedding"), post({"inputs": texts}))
    assert tei.json() == [[float(len(text)), 1.0] for text in texts]
    openai = ask(scripted(kind="embedding"), post({"input": texts})).json()
    assert [row["index"] for row in openai["data"]] == list(range(200))
    assert [row["embedding"] for row in openai["data"]] == tei.json()
    assert openai["usage"] == {"prompt_tokens": 600, "total_tokens": 600}


def test_a_body_larger_than_sagemaker_sends_is_refused(ask: Build, scripted: Build) -> None:
    answer = ask(scripted(), lambda client: client.post("/invocations", content=b" " * (25 * 1024 * 1024 + 1)))
    assert answer.status_code == 413


def test_more_requests_than_may_wait_are_refused_at_once_and_the_others_answered(ask: Build, scripted: Build) -> None:
    engine = scripted(paused=True)

    async def crowd(client: httpx.AsyncClient) -> list[httpx.Response]:
        first = [asyncio.create_task(client.post("/invocations", json=CHAT)) for _ in range(3)]
        while len(engine.asked) < 2:
            await asyncio.sleep(0.001)
        refused = await client.post("/invocations", json=CHAT)
        metrics = (await client.get("/metrics")).text
        assert 'vllm:num_requests_running{engine="0",model_name="tiny"} 2.0' in metrics
        assert 'vllm:num_requests_waiting{engine="0",model_name="tiny"} 1.0' in metrics
        engine.paused = False
        return [refused, *await asyncio.gather(*first)]

    refused, *answered = ask(engine, crowd, MODELYARD_MAX_RUNNING_REQUESTS="2", MODELYARD_MAX_WAITING_REQUESTS="1")
    assert refused.status_code == 503
    assert "2 requests are running and 1 waiting" in refused.json()["error"]["message"]
    assert [answer.status_code for answer in answered] == [200, 200, 200]


def test_an_engine_that_ends_in_the_middle_gives_an_error_and_never_a_false_end(ask: Build, scripted: Build) -> None:
    whole = ask(scripted(fails_after=1), post(CHAT))
    assert whole.status_code == 500
    streamed = ask(scripted(fails_after=1), post({**CHAT, "stream": True}))
    assert events(streamed)[-1]["error"]["message"].startswith("the engine's process ended")
    assert "[DONE]" not in streamed.text


def test_ping_fails_while_the_model_loads_and_after_its_engine_ended(
    connected: Build, settings_with: Callable[..., Settings], gguf_folder: Path, scripted: Build
) -> None:
    engine = scripted()
    loaded = asyncio.Event()

    async def slow_load() -> None:
        await loaded.wait()

    engine.load = slow_load

    async def pings() -> list[int]:
        async with connected(SingleModel(settings_with(), lambda folder: engine, pytest.fail).application()) as client:
            codes = [
                (await client.get("/ping")).status_code,
                (await client.post("/invocations", json=CHAT)).status_code,
            ]
            loaded.set()
            await asyncio.sleep(0.01)
            codes.append((await client.get("/ping")).status_code)
            engine.alive = False
            return [*codes, (await client.get("/ping")).status_code]

    assert asyncio.run(pings()) == [503, 503, 200, 503]


@pytest.mark.parametrize("broken", ["folder", "engine"])
def test_a_model_that_cannot_be_served_ends_the_server_with_a_sentence(
    connected: Build, settings_with: Callable[..., Settings], gguf_folder: Path, scripted: Build, broken: str
) -> None:
    sentences: list[str] = []
    if broken == "folder":
        (gguf_folder / "tiny.gguf").unlink()
    engine = scripted(load_error=ModelUnusable("tiny.gguf holds neither text nor numbers"))

    async def start() -> None:
        async with connected(SingleModel(settings_with(), lambda folder: engine, sentences.append).application()):
            while not sentences:
                await asyncio.sleep(0.001)

    asyncio.run(start())
    assert ("neither one *.gguf" if broken == "folder" else "neither text nor numbers") in sentences[0]


def test_the_engine_is_unloaded_when_the_server_ends(ask: Build, scripted: Build) -> None:
    engine = scripted()
    ask(engine, post(CHAT))
    assert engine.unloaded
