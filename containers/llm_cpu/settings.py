"""The container's settings: read once from the environment, typed, refused with a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from containers.request_records.settings import RecordSettingRefused, RecordSettings, read_record_settings

_ENGINE = "llm_cpu"


class SettingRefused(Exception):
    """An environment variable has a value that means nothing here."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    bind_host: str
    port: int
    model_dir: Path
    multi_model: bool
    engine_threads: int | None
    """None leaves the number of threads to OpenVINO: one per core."""
    max_context_tokens: int | None
    """None takes the model's own context length."""
    max_running_requests: int
    max_waiting_requests: int
    default_max_tokens: int
    kv_cache_tokens: int | None
    """Of all running requests of a model together. None takes 16,384, or one full context where that is more."""
    memory_limit_mib: int | None
    """For all models together. None takes the container's own limit, else what the machine has free."""
    drain_seconds: int
    records: RecordSettings | None
    """None writes no records of requests."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Names that start with SAGEMAKER_ are AWS's (developer guide, "Custom containers for multi-model endpoints")."""
    reader = _Reader(environment)
    return Settings(
        bind_host=environment.get("MODELYARD_BIND_HOST", "0.0.0.0"),
        port=reader.number("SAGEMAKER_BIND_TO_PORT", default=8080, lowest=1, highest=65535),
        model_dir=Path(environment.get("MODELYARD_MODEL_DIR", "/opt/ml/model")),
        multi_model=reader.flag("SAGEMAKER_MULTI_MODEL"),
        engine_threads=reader.optional_number("MODELYARD_ENGINE_THREADS", lowest=1, highest=1024),
        max_context_tokens=reader.optional_number("MODELYARD_MAX_CONTEXT_TOKENS", lowest=16, highest=10_000_000),
        max_running_requests=reader.number("MODELYARD_MAX_RUNNING_REQUESTS", default=8, lowest=1, highest=256),
        max_waiting_requests=reader.number("MODELYARD_MAX_WAITING_REQUESTS", default=64, lowest=0, highest=100_000),
        default_max_tokens=reader.number("MODELYARD_DEFAULT_MAX_TOKENS", default=256, lowest=1, highest=10_000_000),
        kv_cache_tokens=reader.optional_number("MODELYARD_KV_CACHE_TOKENS", lowest=32, highest=100_000_000),
        memory_limit_mib=reader.optional_number("MODELYARD_MEMORY_LIMIT_MIB", lowest=1, highest=100_000_000),
        # SageMaker kills 30 s after SIGTERM (developer guide, "Use your own inference code with hosting services").
        drain_seconds=reader.number("MODELYARD_DRAIN_SECONDS", default=24, lowest=0, highest=27),
        records=_records(environment),
    )


def _records(environment: Mapping[str, str]) -> RecordSettings | None:
    try:
        return read_record_settings(environment, engine=_ENGINE)
    except RecordSettingRefused as error:
        raise SettingRefused(str(error)) from error


@dataclass(frozen=True)
class _Reader:
    environment: Mapping[str, str]

    def number(self, name: str, *, default: int, lowest: int, highest: int) -> int:
        found = self.optional_number(name, lowest=lowest, highest=highest)
        return default if found is None else found

    def optional_number(self, name: str, *, lowest: int, highest: int) -> int | None:
        text = self.environment.get(name, "").strip()
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
            raise SettingRefused(f"{name} is {text!r}; it must be a whole number from {lowest} to {highest}")
        return int(text)

    def flag(self, name: str) -> bool:
        text = self.environment.get(name, "").strip().lower()
        if text not in {"", "true", "false"}:
            raise SettingRefused(f"{name} is {text!r}; it must be true or false")
        return text == "true"
