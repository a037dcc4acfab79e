"""A digest of everything that sized a locked instance, so that a change of it is seen; prices are no part of it.

What is unset is left out, so that a new key or a new hardware figure that nobody uses changes no digest.
"""

from __future__ import annotations

import hashlib
import json

from modelyard.capacity.accelerators import device_memory_gib
from modelyard.capacity.instances import instance
from modelyard.capacity.workload import entry_workload
from modelyard.catalog.entry import Entry
from modelyard.catalog.schema import Model

_DIGITS = 16


def lock_inputs(entry: Entry, *, region: str, locked: tuple[str, ...]) -> str:
    """The digest for an entry as its files state it, and the instances that were chosen for it.

    Raises:
        SettingError: when a variable of the entry's environment cannot be read.
    """
    stated = entry.as_stated
    inputs = {
        "region": region,
        "image": stated.endpoint.serving.image,
        "models": {name: [_numbers(model), _asked(stated, model)] for name, model in stated.models.items()},
        "instances": {name: _hardware(name) for name in locked},
    }
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _numbers(model: Model) -> dict[str, object]:
    # Where the weights lie, who states the facts and under which licence sizes nothing.
    said = {"family", "licence", "weights", "facts"}
    return model.model_dump(mode="json", exclude=said, exclude_defaults=True)


def _asked(entry: Entry, model: Model) -> dict[str, object]:
    asked = entry_workload(entry, model)
    return {
        "engine": asked.engine,
        "context_tokens": asked.context_tokens,
        "concurrency": asked.concurrency,
        "dtype": asked.dtype,
        "degree": asked.degree,
        "volume_gib": asked.volume_gib,
        "packed": asked.packed,
        "utilisation": asked.settings.utilisation,
        "kv_element_bytes": asked.settings.kv_element_bytes,
        "batched_tokens": asked.settings.batched_tokens,
    }


def _hardware(name: str) -> dict[str, object] | None:
    found = instance(name)
    if found is None:
        return None
    return {
        "processor": found.processor,
        "architecture": found.architecture,
        "memory_gib": found.memory_gib,
        "nvme_gb": found.nvme_gb,
        "devices": found.parallel_devices,
        "device_memory_gib": device_memory_gib(found),
    }
