"""From a folder of artifacts to a loaded engine."""

from __future__ import annotations

from collections.abc import Callable

from containers.llm_cpu.engine import Engine
from containers.llm_cpu.model_folder import ModelFolder
from containers.llm_cpu.settings import Settings
from containers.llm_cpu.worker_engine import EngineOptions, WorkerEngine

OpenEngine = Callable[[ModelFolder], Engine]


def worker_engines(settings: Settings) -> OpenEngine:
    options = EngineOptions(
        threads=settings.engine_threads,
        max_context_tokens=settings.max_context_tokens,
        batch=settings.max_running_requests,
        kv_cache_tokens=settings.kv_cache_tokens,
    )
    return lambda folder: WorkerEngine(folder, options)
