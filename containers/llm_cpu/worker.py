"""One engine in a process of its own: `python -m containers.llm_cpu.worker FD SERVER`, started by `WorkerEngine`.

Why a process: OpenVINO GenAI's `step()` keeps Python's global lock while it computes (up to 170 ms with a long prompt),
which would stop `/ping` and every other stream; and ending a process is the only unloading that surely gives all memory
back. It ends when the connection to the server closes, and the kernel ends it with the server, whatever it is doing.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

from containers.llm_cpu.channel import Channel, Closed, Frame
from containers.llm_cpu.engine import GenerationRequest, Message, Sampling
from containers.llm_cpu.errors import ModelUnusable, RequestRefused, first_line
from containers.llm_cpu.model_folder import ModelFolder, open_model_folder

if TYPE_CHECKING:
    from containers.llm_cpu.embedding_steps import Step
    from containers.llm_cpu.generator import Generator
    from containers.llm_cpu.sentence_encoder import SentenceEncoder

_PR_SET_PDEATHSIG = 1
"""prctl(2)."""
_SECONDS_BETWEEN_REPORTS = 0.25
_NICENESS = 5
"""The engine takes every core there is; the server's short work on a token goes before it. Nicer still, and whatever
else runs on the machine takes the engine's throughput."""
_SECONDS_FOR_FIRST_TOKENS = 0.0015
"""The next step would fill every core just as the server wakes to send a stream's first token, which then waits for the
end of a time slice, 2 ms as measured. One pause for each admission, not for each token, is under 0.4 % of an answer."""


def main() -> int:
    # A terminal or a supervisor signals the whole group; the server decides when its engine ends, so that what runs can
    # be finished.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
    _end_with(server=int(sys.argv[2]))
    _go_first_where_memory_is_out()
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    try:
        [options] = channel.receive(wait=True)
        _serve(options, channel)
    except ModelUnusable as error:
        channel.send({"unusable": error.sentence})
        return 1
    except Closed:
        return 0


def _end_with(*, server: int) -> None:
    """A file that never ends, or a library deep in a computation, reads no channel and hears no signal but SIGKILL."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:
        sys.exit(0)


def _go_first_where_memory_is_out() -> None:
    """The kernel should end the engine that took the memory, not the server, which can then say so."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def _serve(options: Frame, channel: Channel) -> NoReturn:
    folder = open_model_folder(Path(options["folder"]))
    try:
        engine = _load(folder, options)
    except ModelUnusable:
        raise
    except Exception as error:
        # Whatever a library makes of files that are no model: a sentence, never a traceback.
        raise ModelUnusable(f"{folder.weights.name} cannot be loaded: {first_line(error)}") from error
    channel.send({"ready": engine.kind, "context_tokens": engine.context_tokens})
    if engine.kind == "embedding":
        _serve_embedding(cast("SentenceEncoder", engine), channel)
    _serve_generation(cast("Generator", engine), channel)


def _load(folder: ModelFolder, options: Frame) -> Generator | SentenceEncoder:
    """Imports only the libraries that this kind of model needs: each costs start-up time and memory."""
    threads = options["threads"]
    if folder.kind == "embedding":
        from containers.llm_cpu.sentence_encoder import SentenceEncoder

        return SentenceEncoder(folder.path, threads=threads)
    from containers.llm_cpu.generator import Generator

    return Generator(
        folder.weights,
        threads=threads,
        max_context_tokens=options["max_context_tokens"],
        batch=options["batch"],
        kv_cache_tokens=options["kv_cache_tokens"],
    )


def _serve_generation(generator: Generator, channel: Channel) -> NoReturn:
    reported = 0.0
    while True:
        admitted = _admit_what_came(generator, channel)
        if not generator.busy:
            if admitted:
                channel.send({"admitted": admitted})
            continue
        pieces, dropped = generator.step()
        step: Frame = {}
        if admitted:
            step["admitted"] = admitted
        if pieces:
            step["pieces"] = [
                [key, piece.text, piece.token_times, piece.finish_reason] for key, piece in pieces.items()
            ]
        if time.monotonic() - reported > _SECONDS_BETWEEN_REPORTS:
            reported = time.monotonic()
            step["kv_cache_usage"] = generator.kv_cache_usage
        if step:
            channel.send(step)
        if admitted and pieces:
            time.sleep(_SECONDS_FOR_FIRST_TOKENS)
        for key in dropped:
            sentence = (
                "the request needs more KV cache than the engine has; raise MODELYARD_KV_CACHE_TOKENS or ask for less"
            )
            channel.send({"refused": key, "sentence": sentence})


def _admit_what_came(generator: Generator, channel: Channel) -> list[tuple[int, int]]:
    """Keys and prompt tokens. Looks again after each admission, since it takes as long as the next request takes to
    come: requests that come together then run their first step together."""
    admitted: list[tuple[int, int]] = []
    while frames := channel.receive(wait=not generator.busy):
        for frame in frames:
            if "cancel" in frame:
                generator.cancel(frame["cancel"])
                continue
            answer = _admission(generator, frame)
            if isinstance(answer, int):
                admitted.append((frame["generate"], answer))
            else:
                channel.send(answer)
    return admitted


def _admission(generator: Generator, frame: Frame) -> int | Frame:
    key = frame["generate"]
    try:
        return generator.admit(key, _request(frame))
    except RequestRefused as error:
        return {"refused": key, "sentence": error.sentence}
    except Exception as error:
        # One request that the library cannot take must not end the others.
        return {"refused": key, "sentence": f"the engine cannot take this request: {first_line(error)}"}


def _serve_embedding(encoder: SentenceEncoder, channel: Channel) -> NoReturn:
    """One step of each request in turn, so that a small one never waits for all of a large one."""
    running: dict[int, Iterator[Step | int]] = {}
    while True:
        for frame in channel.receive(wait=not running):
            if "cancel" in frame:
                running.pop(frame["cancel"], None)
            else:
                running[frame["embed"]] = encoder.embed(frame["texts"])
        for key, steps in list(running.items()):
            answer = _next_step(key, steps)
            if "embedded" not in answer:
                del running[key]
            if answer.get("embedded") != []:
                channel.send(answer)


def _next_step(key: int, steps: Iterator[Step | int]) -> Frame:
    try:
        step = next(steps)
    except RequestRefused as error:
        return {"refused": key, "sentence": error.sentence}
    except Exception as error:
        # What the library makes of one request must not end the others.
        return {"failed": key, "sentence": f"the engine cannot embed these texts: {first_line(error)}"}
    if isinstance(step, int):
        return {"all_embedded": key, "prompt_tokens": step}
    return {"key": key, "embedded": list(zip(step.places, step.vectors, strict=True))}


def _request(frame: Frame) -> GenerationRequest:
    prompt, sampling = frame["prompt"], frame["sampling"]
    return GenerationRequest(
        prompt=prompt if isinstance(prompt, str) else tuple(Message(**part) for part in prompt),
        sampling=Sampling(**{**sampling, "stop": tuple(sampling["stop"])}),
        stream=frame["stream"],
    )


if __name__ == "__main__":
    sys.exit(main())
