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

from containers.llm_cpu.answering import answer, refusal
from containers.llm_cpu.bodies import Bodies
from containers.llm_cpu.body import read_object, shown
from containers.llm_cpu.browser import without_browsers
from containers.llm_cpu.engine import Engine
from containers.llm_cpu.errors import CallerGone, ModelUnusable, RequestRefused
from containers.llm_cpu.memory import free_bytes
from containers.llm_cpu.metrics import CONTENT_TYPE, TokenMetrics
from containers.llm_cpu.model_folder import ModelFolder, open_model_folder
from containers.llm_cpu.model_opener import OpenEngine
from containers.llm_cpu.served_model import ServedModel
from containers.llm_cpu.settings import Settings
from containers.request_records.middleware import CALLER_GONE

log = logging.getLogger("modelyard")
_MOST_LISTED = 100
_MOST_DIGITS = 9
_LARGEST_LOAD_BYTES = 64 * 1024
_LONGEST_NAME = 256
_LONGEST_PATH = 4_095


class MultiModel:
    def __init__(self, settings: Settings, open_engine: OpenEngine) -> None:
        self._settings = settings
        self._open_engine = open_engine
        self._metrics = TokenMetrics()
        self._bodies = Bodies()
        self._models: dict[str, ServedModel] = {}
        self._urls: dict[str, str] = {}
        self._reserved: dict[str, int] = {}
        """Names that are loading, with the memory set aside for each."""
        self._loading: dict[str, Engine] = {}
        self._unloading: list[Engine] = []
        """Of no name any more, but in memory until what runs there is answered."""

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
        return Starlette(routes=routes, lifespan=self._lifespan, middleware=without_browsers(self._settings))

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
            async with self._bodies.of(request, largest_bytes=_LARGEST_LOAD_BYTES) as body:
                name, folder = _what_to_load(body)
            if name in self._models or name in self._reserved:
                return refusal(f"model {name} is already loaded", 409)
            if not folder.exists():
                return refusal(f"there is no folder {folder} to load model {name} from", 404)
            return await self._load(name, str(folder), open_model_folder(folder))
        except RequestRefused as error:
            return refusal(error.sentence, error.status)
        except ModelUnusable as error:
            return refusal(error.sentence, 400)
        except OSError as error:
            return refusal(f"the model's folder cannot be read: {error.strerror or type(error).__name__}", 400)
        except CallerGone:
            return Response(status_code=CALLER_GONE)

    async def unload_model(self, request: Request) -> Response:
        self._forget_lost()
        name = request.path_params["name"]
        model = self._models.pop(name, None)
        if model is None:
            return _not_loaded(name)
        del self._urls[name]
        self._unloading.append(model.engine)
        try:
            await model.admission.idle(timeout_seconds=self._settings.drain_seconds)
            await model.engine.unload()
        finally:
            self._unloading.remove(model.engine)
        log.info("unloaded model %s", name)
        return JSONResponse({"status": f"model {name} is unloaded"})

    async def invoke(self, request: Request) -> Response:
        self._forget_lost()
        name = request.path_params["name"]
        model = self._models.get(name)
        return _not_loaded(name) if model is None else await answer(request, model, self._bodies)

    async def metrics(self, request: Request) -> Response:
        return Response(self._metrics.text(), headers={"content-type": CONTENT_TYPE})

    async def _load(self, name: str, url: str, folder: ModelFolder) -> Response:
        engines = [*(model.engine for model in self._models.values()), *self._unloading]
        used = sum(engine.memory_bytes() for engine in engines) + sum(self._reserved.values())
        free = free_bytes(limit_mib=self._settings.memory_limit_mib, used_by_models_bytes=used)
        if folder.memory_needed_bytes > free:
            return refusal(
                f"model {name} needs about {_mib(folder.memory_needed_bytes)} MiB of memory and "
                f"{_mib(max(0, free))} MiB are free; unload a model first",
                507,
            )
        self._reserved[name] = folder.memory_needed_bytes
        engine = self._open_engine(folder)
        self._loading[name] = engine
        try:
            await engine.load()
        except asyncio.CancelledError:
            await engine.unload()
            raise
        finally:
            del self._reserved[name]
            del self._loading[name]
        self._models[name] = ServedModel(folder.name, engine, self._metrics, self._settings)
        self._urls[name] = url
        log.info("loaded model %s: %s (%s)", name, folder.weights.name, folder.kind)
        return JSONResponse({"status": f"model {name} is loaded"})

    def _forget_lost(self) -> None:
        """A model whose process ended counts as unloaded, so that SageMaker loads it again."""
        for name in [name for name, model in self._models.items() if not model.engine.alive]:
            log.error("the engine of model %s has ended", name)
            del self._models[name], self._urls[name]

    def _description(self, name: str) -> dict[str, str]:
        return {"modelName": name, "modelUrl": self._urls[name]}

    @asynccontextmanager
    async def _lifespan(self, application: Starlette) -> AsyncIterator[None]:
        yield
        loaded = [model.engine for model in self._models.values()]
        await asyncio.gather(*(engine.unload() for engine in [*loaded, *self._loading.values(), *self._unloading]))


def _what_to_load(body: bytes) -> tuple[str, Path]:
    fields = read_object(body)
    names, urls = fields.texts("model_name"), fields.texts("url")
    if len(names) != 1 or len(urls) != 1:
        raise RequestRefused('the body must have "model_name" and "url", the folder that holds the model\'s files')
    (name,), (url,) = names, urls
    if len(name) > _LONGEST_NAME or not name.isprintable() or "/" in name or name in {".", ".."}:
        raise RequestRefused(
            f"model_name is {shown(name)}; it must be a name that /models/NAME can be asked with: at most "
            f"{_LONGEST_NAME} characters that can be printed, no slash, neither . nor .."
        )
    if len(url) > _LONGEST_PATH or not url.isprintable() or not url.startswith("/"):
        raise RequestRefused(
            f"url is {shown(url)}; it must be the absolute path of a folder, at most {_LONGEST_PATH} characters that "
            "can be printed"
        )
    return name, Path(url)


def _not_loaded(name: str) -> Response:
    return refusal(f"model {name[:_LONGEST_NAME]} is not loaded", 404)


def _position(request: Request, name: str, *, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        raise RequestRefused(f"{name} is {shown(text)}; it must be a whole number of at most {_MOST_DIGITS} digits")
    return int(text)


def _mib(size_bytes: int) -> int:
    return size_bytes // (1024 * 1024)
