"""SageMaker's contract for a container with one model: `GET /ping`, `POST /invocations`.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from containers.llm_cpu.answering import answer, refusal
from containers.llm_cpu.bodies import Bodies
from containers.llm_cpu.browser import without_browsers
from containers.llm_cpu.errors import ModelUnusable
from containers.llm_cpu.metrics import CONTENT_TYPE, TokenMetrics
from containers.llm_cpu.model_folder import open_model_folder
from containers.llm_cpu.model_opener import OpenEngine
from containers.llm_cpu.served_model import ServedModel
from containers.llm_cpu.settings import Settings

log = logging.getLogger("modelyard")


class SingleModel:
    """The model loads while the server already answers `/ping`, which says 503 until it is there."""

    def __init__(self, settings: Settings, open_engine: OpenEngine, on_failure: Callable[[str], None]) -> None:
        self._settings = settings
        self._open_engine = open_engine
        self._on_failure = on_failure
        self._metrics = TokenMetrics()
        self._bodies = Bodies()
        self._model: ServedModel | None = None

    def application(self) -> Starlette:
        routes = [
            Route("/ping", self.ping),
            Route("/invocations", self.invocations, methods=["POST"]),
            Route("/metrics", self.metrics),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan, middleware=without_browsers(self._settings))

    async def ping(self, request: Request) -> Response:
        if self._model is None:
            return refusal("the model is still loading", 503)
        if not self._model.engine.alive:
            return refusal("the engine's process has ended", 503)
        return JSONResponse({"status": "healthy"})

    async def invocations(self, request: Request) -> Response:
        if self._model is None:
            return refusal("the model is still loading", 503)
        return await answer(request, self._model, self._bodies)

    async def metrics(self, request: Request) -> Response:
        return Response(self._metrics.text(), headers={"content-type": CONTENT_TYPE})

    @asynccontextmanager
    async def _lifespan(self, application: Starlette) -> AsyncIterator[None]:
        loading = asyncio.create_task(self._load())
        try:
            yield
        finally:
            loading.cancel()
            await asyncio.wait({loading})
            if self._model is not None:
                await self._model.engine.unload()

    async def _load(self) -> None:
        try:
            folder = open_model_folder(self._settings.model_dir)
            engine = self._open_engine(folder)
            try:
                await engine.load()
            except asyncio.CancelledError:
                await engine.unload()
                raise
        except ModelUnusable as error:
            self._on_failure(error.sentence)
            return
        self._model = ServedModel(folder.name, engine, self._metrics, self._settings)
        log.info("serving %s (%s)", folder.weights.name, folder.kind)
