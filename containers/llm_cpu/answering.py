"""From a request to its response: read, admit, generate or embed, and stop when the caller has gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from containers.llm_cpu.answer import (
    ChatAnswer,
    Generated,
    GenerationAnswer,
    TextGenerationAnswer,
    embeddings_parts,
    error_body,
    event,
)
from containers.llm_cpu.bodies import Bodies
from containers.llm_cpu.engine import Admitted, GenerationEvent, Piece
from containers.llm_cpu.errors import CallerGone, EngineLost, RequestRefused
from containers.llm_cpu.invocation import GenerationCall, read_invocation
from containers.llm_cpu.limits import largest_body_bytes
from containers.llm_cpu.served_model import ServedModel
from containers.request_records.middleware import CALLER_GONE, FAILED, observation_of
from containers.request_records.record import Observation


async def answer(request: Request, model: ServedModel, bodies: Bodies) -> Response:
    observation = observation_of(request.scope)
    if observation is not None and observation.model is None:
        observation.model = model.name
    largest = largest_body_bytes(model.engine.kind, context_tokens=model.context_tokens)
    try:
        async with bodies.of(request, largest_bytes=largest) as body:
            call = read_invocation(
                body,
                model.engine.kind,
                default_max_tokens=model.default_max_tokens,
                context_tokens=model.context_tokens,
            )
            if isinstance(call, GenerationCall):
                return await _generation(request, model, call, observation)
            async with _while_connected(request.receive):
                embeddings = await model.embed(call.texts, observation)
        return _Parts(embeddings_parts(embeddings, form=call.form, model=model.name))
    except RequestRefused as error:
        return refusal(error.sentence, error.status)
    except EngineLost as error:
        return refusal(error.sentence, 500)
    except CallerGone:
        return Response(status_code=CALLER_GONE)


def refusal(sentence: str, status: int) -> Response:
    return JSONResponse(error_body(sentence, status), status_code=status)


async def _generation(
    request: Request, model: ServedModel, call: GenerationCall, observation: Observation | None
) -> Response:
    if observation is not None:
        observation.streamed = call.request.stream
    form: GenerationAnswer = ChatAnswer(model=model.name) if call.form == "chat" else TextGenerationAnswer()
    events = model.generate(call.request, observation)
    if not call.request.stream:
        async with _while_connected(request.receive):
            generated = await _collect(events)
        return JSONResponse(form.whole(generated))
    # The first event decides between an error status and a stream, so it is awaited before the response starts.
    async with _while_connected(request.receive):
        admitted = await anext(events)
    assert isinstance(admitted, Admitted)
    return _EventStream(_stream(form, admitted, events, observation))


async def _collect(events: AsyncGenerator[GenerationEvent, None]) -> Generated:
    progress = _Progress()
    async with aclosing(events):
        async for happened in events:
            progress.add(happened)
    return progress.finished()


async def _stream(
    form: GenerationAnswer,
    admitted: Admitted,
    events: AsyncGenerator[GenerationEvent, None],
    observation: Observation | None,
) -> AsyncGenerator[bytes, None]:
    progress = _Progress()
    progress.add(admitted)
    async with aclosing(events):
        try:
            async for happened in events:
                progress.add(happened)
                if isinstance(happened, Piece) and happened.text:
                    yield form.chunk(happened.text)
        except (EngineLost, RequestRefused) as error:
            if observation is not None:
                observation.stop_reason = FAILED
            # The status has been sent: the error travels as an event, and the missing [DONE] tells that this is no end.
            yield event(error_body(error.sentence, 500))
            return
    yield form.last_chunk(progress.finished())


class _Progress:
    def __init__(self) -> None:
        self._texts: list[str] = []
        self._prompt_tokens = self._completion_tokens = 0
        self._last: Piece | None = None

    def add(self, happened: GenerationEvent) -> None:
        if isinstance(happened, Admitted):
            self._prompt_tokens = happened.prompt_tokens
            return
        self._texts.append(happened.text)
        self._completion_tokens += len(happened.token_times)
        self._last = happened

    def finished(self) -> Generated:
        if self._last is None or self._last.finish_reason is None:
            raise EngineLost("the engine ended the answer without a reason")
        return Generated(
            text="".join(self._texts),
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
            finish_reason=self._last.finish_reason,
        )


class _EventStream(Response):
    """Server-sent events as they come. Starlette's own streaming response runs two more tasks for each answer, which a
    first token waits for."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes, None]) -> None:
        self.status_code = 200
        self.background = None
        self._events = events
        self.init_headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with _while_connected(receive), aclosing(self._events):
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                async for part in self._events:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except CallerGone:
            return


class _Parts(Response):
    """A JSON answer made while it is sent: many vectors take a second to write, in which others want an answer."""

    media_type = "application/json"

    def __init__(self, parts: Iterator[bytes]) -> None:
        self.status_code = 200
        self.background = None
        self._parts = parts
        self.init_headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with _while_connected(receive):
                first, second = next(self._parts), next(self._parts, None)
                headers = self.raw_headers
                if second is None:
                    headers = [*headers, (b"content-length", str(len(first)).encode())]
                await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
                if second is None:
                    await send({"type": "http.response.body", "body": first})
                    return
                await send({"type": "http.response.body", "body": first, "more_body": True})
                while second is not None:
                    await asyncio.sleep(0)
                    await send({"type": "http.response.body", "body": second, "more_body": True})
                    second = next(self._parts, None)
                await send({"type": "http.response.body", "body": b""})
        except CallerGone:
            return


@asynccontextmanager
async def _while_connected(receive: Receive) -> AsyncIterator[None]:
    """Cancels what runs inside and raises `CallerGone` as soon as the caller hangs up."""
    working = asyncio.current_task()
    assert working is not None
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            continue
        gone = True
        working.cancel()

    watching = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not gone:
            raise
        working.uncancel()
        raise CallerGone from None
    finally:
        watching.cancel()
