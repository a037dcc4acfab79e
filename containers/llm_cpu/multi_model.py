"""SageMaker's contract for a multi-model container.

https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html: SageMaker downloads and unpacks an archive,
posts its folder, invokes, and unloads whichever it likes; which one goes first is never the container's business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from containers.llm_cpu.answering import answer, read_body, refusal
from containers.llm_cpu.body import read_object
from containers.llm_cpu.errors import ModelUnusable, RequestRefused
from containers.llm_cpu.memory import free_bytes
from containers.llm_cpu.metrics import CONTENT_TYPE, TokenMetrics
from containers.llm_cpu.model_folder import ModelFolder, open_model_folder
from containers.llm_cpu.model_opener import OpenEngine
from containers.llm_cpu.served_model import ServedModel
from containers.llm_cpu.settings import Settings

log = logging.getLogger("modelyard")
_MOST_LISTED = 100


class MultiModel:
    def __init__(self, settings: Settings, open_engine: OpenEngine) -> None:
        self._settings = settings
        self._open_engine = open_engine
        self._metrics = TokenMetrics()
        self._models: dict[str, ServedModel] = {}
        self._urls: dict[str, str] = {}
        self._reserved: dict[str, int] = {}
        """Names that are loading, with the memory set aside for each."""

    def application(self) -> Starlette:
        routes = [
            Route("/ping", self.ping),
            Route("/models", self.list_models, methods=["GET"]),
            Route("/models", self.load_model, methods=["POST"]),
            Route("/models/{name}", self.describe_model, methods=["GET"]),
            Route("/models/{name}", self.unload_model, methods=["DELETE"]),
            Route("/models/{name}/invoke", self.invoke, methods=["POST"]),
            Route("/metrics", self.metrics),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    async def ping(self, request: Request) -> Response:
        """Healthy without any model: SageMaker loads the first one when it is first asked for."""
        return JSONResponse({"status": "healthy"})

    async def list_models(self, request: Request) -> Response:
        self._forget_lost()
        try:
            start = _position(request, "next_page_token", default=0)
            size = max(1, _position(request, "limit", default=_MOST_LISTED))
        except RequestRefused as error:
            return refusal(error.sentence, error.status)
        names = sorted(self._models)
        page: dict[str, object] = {"models": [self._description(name) for name in names[start : start + size]]}
        if start + size < len(names):
            page["nextPageToken"] = str(start + size)
        return JSONResponse(page)

    async def describe_model(self, request: Request) -> Response:
        self._forget_lost()
        name = request.path_params["name"]
        return JSONResponse(self._description(name)) if name in self._models else _not_loaded(name)

    async def load_model(self, request: Request) -> Response:
        self._forget_lost()
        try:
            fields = read_object(await read_body(request))
            [name], [url] = fields.texts("model_name") or (None,), fields.texts("url") or (None,)
            if name is None or url is None:
                raise RequestRefused(
                    'the body must have "model_name" and "url", the folder that holds the model\'s files'
                )
            if name in self._models or name in self._reserved:
                return refusal(f"model {name} is already loaded", 409)
            if not Path(url).exists():
                return refusal(f"there is no folder {url} to load model {name} from", 404)
            return await self._load(name, url, open_model_folder(Path(url)))
        except RequestRefused as error:
            return refusal(error.sentence, error.status)
        except ModelUnusable as error:
            return refusal(error.sentence, 400)

    async def unload_model(self, request: Request) -> Response:
        self._forget_lost()
        name = request.path_params["name"]
        model = self._models.pop(name, None)
        if model is None:
            return _not_loaded(name)
        await model.admission.idle(timeout_seconds=self._settings.drain_seconds)
        await model.engine.unload()
        log.info("unloaded model %s", name)
        return JSONResponse({"status": f"model {name} is unloaded"})

    async def invoke(self, request: Request) -> Response:
        self._forget_lost()
        name = request.path_params["name"]
        model = self._models.get(name)
        return _not_loaded(name) if model is None else await answer(request, model)

    async def metrics(self, request: Request) -> Response:
        return Response(self._metrics.text(), headers={"content-type": CONTENT_TYPE})

    async def _load(self, name: str, url: str, folder: ModelFolder) -> Response:
        used = sum(model.engine.memory_bytes() for model in self._models.values()) + sum(self._reserved.values())
        free = free_bytes(limit_mib=self._settings.memory_limit_mib, used_by_models_bytes=used)
        if folder.memory_needed_bytes > free:
            return refusal(
                f"model {name} needs about {_mib(folder.memory_needed_bytes)} MiB of memory and "
                f"{_mib(max(0, free))} MiB are free; unload a model first",
                507,
            )
        self._reserved[name] = folder.memory_needed_bytes
        engine = self._open_engine(folder)
        try:
            await engine.load()
        except asyncio.CancelledError:
            await engine.unload()
            raise
        finally:
            del self._reserved[name]
        self._models[name] = ServedModel(folder.name, engine, self._metrics, self._settings)
        self._urls[name] = url
        log.info("loaded model %s: %s (%s)", name, folder.weights.name, folder.kind)
        return JSONResponse({"status": f"model {name} is loaded"})

    def _forget_lost(self) -> None:
        """A model whose process ended counts as unloaded, so that SageMaker loads it again."""
        for name in [name for name, model in self._models.items() if not model.engine.alive]:
            log.error("the engine of model %s has ended", name)
            del self._models[name]

    def _description(self, name: str) -> dict[str, str]:
        return {"modelName": name, "modelUrl": self._urls[name]}

    @asynccontextmanager
    async def _lifespan(self, application: Starlette) -> AsyncIterator[None]:
        yield
        await asyncio.gather(*(model.engine.unload() for model in self._models.values()))


def _not_loaded(name: str) -> Response:
    return refusal(f"model {name} is not loaded", 404)


def _position(request: Request, name: str, *, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise RequestRefused(f"{name} is {text!r}; it must be a whole number")
    return int(text)


def _mib(size_bytes: int) -> int:
    return size_bytes // (1024 * 1024)
