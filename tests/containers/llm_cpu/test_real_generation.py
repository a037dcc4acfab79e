"""The real server process with SmolLM2-135M-Instruct: one process for the whole module."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

GRAVITY = {"messages": [{"role": "user", "content": "What is gravity?"}]}


@pytest.fixture(scope="module")
def server(start_server: Any, generation_model: Path) -> Any:
    running = start_server(MODELYARD_MODEL_DIR=str(generation_model), MODELYARD_MAX_RUNNING_REQUESTS="4")
    running.wait_until_healthy()
    return running


def ask(server: Any, **fields: Any) -> dict[str, Any]:
    answer = server.post("/invocations", {**GRAVITY, **fields})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def text(answer: dict[str, Any]) -> str:
    return str(answer["choices"][0]["message"]["content"])


def test_a_question_is_answered_by_the_model(server: Any) -> None:
    answer = ask(server, max_tokens=24)
    assert re.match(r"Gravity is a fundamental (concept|force)", text(answer))
    assert answer["model"] == "SmolLM2-135M-Instruct.Q4_1"
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"] == {"prompt_tokens": 34, "completion_tokens": 24, "total_tokens": 58}


def test_an_answer_ends_by_itself_when_the_model_is_done(server: Any) -> None:
    answer = ask(server, messages=[{"role": "user", "content": "Say hi"}], max_tokens=200)
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert 1 < answer["usage"]["completion_tokens"] < 200


def test_a_stream_gives_the_same_text_as_a_whole_answer(server: Any) -> None:
    whole = ask(server, max_tokens=40)
    *chunks, last, done = server.events({**GRAVITY, "max_tokens": 40})
    assert "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks) == text(whole)
    assert len(chunks) > 30
    assert last["usage"] == whole["usage"]
    assert done == "[DONE]"


def test_characters_of_several_tokens_arrive_whole_in_a_stream(server: Any) -> None:
    body = {"messages": [{"role": "user", "content": "Repeat: 你好，世界 😀"}], "max_tokens": 24}
    *chunks, _last, _done = server.events(body)
    pieces = [chunk["choices"][0]["delta"]["content"] for chunk in chunks]
    assert not any("\N{REPLACEMENT CHARACTER}" in piece for piece in pieces[:-1])
    assert not "".join(pieces).isascii()


def test_a_text_is_continued_without_the_chat_template(server: Any) -> None:
    body = {"inputs": "The capital of France is", "parameters": {"max_new_tokens": 4}}
    [answer] = server.post("/invocations", body).json()
    assert answer["generated_text"].startswith(" Paris")
    assert answer["details"]["input_length"] == 5


def test_an_answer_ends_before_a_stop_string(server: Any) -> None:
    free = text(ask(server, max_tokens=30))
    stop = free.split()[4]
    stopped = ask(server, max_tokens=30, stop=[stop])
    assert text(stopped) == free[: free.index(stop)]
    assert stopped["choices"][0]["finish_reason"] == "stop"


def test_sampling_follows_its_seed(server: Any) -> None:
    one, again, other = (text(ask(server, max_tokens=24, temperature=1, seed=seed)) for seed in (7, 7, 8))
    assert one == again
    assert one != other


def test_a_prompt_that_does_not_fit_the_context_is_refused_with_the_counts(server: Any) -> None:
    answer = server.post("/invocations", {**GRAVITY, "max_tokens": 8192})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == (
        "the prompt has 34 tokens and max_tokens is 8192, together 8226; this model's context holds 8192: "
        "shorten the prompt or ask for fewer tokens"
    )
    streamed = server.post("/invocations", {**GRAVITY, "max_tokens": 8192, "stream": True})
    assert streamed.status_code == 400


def test_requests_of_every_odd_kind_leave_the_engine_well(server: Any) -> None:
    """Each is answered or refused; none may end the engine, which would cut everyone else's answer."""
    odd: list[dict[str, Any]] = [
        {"messages": [{"role": "\0", "content": "a\0b"}]},
        {"messages": [{"role": "user", "content": ""}]},
        {"messages": [{"role": "user", "content": "<|im_end|><|im_start|>system"}]},
        {"inputs": " ", "parameters": {"max_new_tokens": 2}},
        {"inputs": "a" * 1_000_000},
        {**GRAVITY, "temperature": 1e-300},
        {**GRAVITY, "temperature": 2, "top_p": 0.000001, "top_k": 10**8, "seed": 2**63 - 1},
        {**GRAVITY, "repetition_penalty": 0.01, "presence_penalty": -2, "frequency_penalty": -2},
        {**GRAVITY, "stop": [str(number) for number in range(500)]},
    ]
    for body in odd:
        answer = server.post("/invocations", {"max_tokens": 2, **body})
        assert answer.status_code in {200, 400, 413}, (body, answer.text)
    assert httpx.get(f"{server.url}/ping").status_code == 200


def test_requests_share_the_engine_and_each_gets_its_own_answer(server: Any) -> None:
    questions = [
        "What is gravity?",
        "What is the capital of France?",
        "Name a colour.",
        "Say hi",
        "Who was Newton?",
    ] * 2

    def answer(question: str) -> str:
        return text(ask(server, messages=[{"role": "user", "content": question}], max_tokens=16))

    with ThreadPoolExecutor(len(questions)) as pool:
        together = list(pool.map(answer, questions))
    assert "gravity" in together[0].lower() and "paris" in together[1].lower()
    assert len(set(together)) >= 4


def test_ping_answers_while_a_long_prompt_is_read(server: Any) -> None:
    """The engine's steps keep Python's global lock: in the server's own process, one ping a step would get through."""
    words = 2000
    steps = words // 256
    with ThreadPoolExecutor(1) as pool, httpx.Client() as client:
        busy = pool.submit(
            server.post, "/invocations", {"inputs": "word " * words, "parameters": {"max_new_tokens": 1}}, timeout=600
        )
        answered = 0
        while not busy.done():
            answered += client.get(f"{server.url}/ping").status_code == 200
        assert busy.result().status_code == 200
    assert answered > 10 * steps


def test_a_caller_who_hangs_up_frees_the_engine(server: Any) -> None:
    aborted = server.metric("vllm:request_success_total", finished_reason="abort")
    endless = {**GRAVITY, "max_tokens": 6000, "ignore_eos": True}
    with httpx.stream("POST", f"{server.url}/invocations", json={**endless, "stream": True}) as answer:
        next(answer.iter_bytes())
    with pytest.raises(httpx.ReadTimeout):
        server.post("/invocations", endless, timeout=0.3)
    deadline = time.monotonic() + 5
    while server.metric("vllm:num_requests_running") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.metric("vllm:num_requests_running") == 0
    assert server.metric("vllm:request_success_total", finished_reason="abort") == aborted + 2
    assert ask(server, max_tokens=4)["usage"]["completion_tokens"] == 4


def test_metrics_count_what_was_answered(server: Any) -> None:
    names = ("vllm:prompt_tokens_total", "vllm:generation_tokens_total", "vllm:time_to_first_token_seconds_count")
    before = [server.metric(name) for name in names]
    server.events({**GRAVITY, "max_tokens": 10})
    after = [server.metric(name) for name in names]
    assert [late - early for early, late in zip(before, after, strict=True)] == [34, 10, 1]
    count = server.metric("vllm:inter_token_latency_seconds_count")
    assert 0.001 < server.metric("vllm:inter_token_latency_seconds_sum") / count < 0.5


def test_no_port_but_the_one_sagemaker_chose_is_opened(server: Any) -> None:
    """SAGEMAKER_SAFE_PORT_RANGE names the ports a container may open besides; this one needs none."""
    processes = [server.process.pid, *server.workers()]
    assert len(processes) == 2
    listening = {
        connection.laddr.port
        for pid in processes
        for connection in psutil.Process(pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {server.port}
