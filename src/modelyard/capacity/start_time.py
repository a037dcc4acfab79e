"""How long an endpoint may take to start: time limits from the bytes that must move and the rates they move at.

Two limits, of which AWS stops a start that exceeds one: weights from S3 to the instance, and the container until it
answers /ping. Both are what the bytes take at guaranteed rates, times a factor: a limit that is too short fails a
deployment that would have worked, one that is too long only tells a failure later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from modelyard.capacity.instances import Instance, instance
from modelyard.capacity.storage_fit import DEFAULT_VOLUME_GIB, image_bytes
from modelyard.capacity.transfer_rates import disk_read_rate, disk_write_rate, network_rate
from modelyard.capacity.weights import weight_bytes
from modelyard.catalog.entry import Entry
from modelyard.catalog.forms import Engine

# ModelDataDownloadTimeoutInSeconds and ContainerStartupHealthCheckTimeoutInSeconds. botocore 1.44.5 sagemaker model
LEAST_SECONDS, MOST_SECONDS = 60, 3600
SAFETY_FACTOR = 3
_ROUNDED_TO = 30
# Finding the objects, credentials, the first byte of each of many files.
_BEFORE_THE_FIRST_BYTE = 30
# One core of gunzip, assumed.
_UNPACKED_PER_SECOND = 100 * 10**6
# From weights in memory to an answer: compiling kernels, recording CUDA graphs, a first pass. Assumed; vLLM's own logs
# tell 50 to 100 seconds (https://docs.vllm.ai/en/latest/design/torch_compile.html and issues that quote them).
_ENGINE_SECONDS: dict[Engine, int] = {"vllm": 120, "sglang": 120, "lmi": 120, "tgi": 60, "tei": 20, "llama-cpp": 10}
_OTHER_ENGINE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that a start waits for, in seconds; `note` says how they came about."""

    name: str
    seconds: float
    note: str


@dataclass(frozen=True, kw_only=True)
class TimeLimit:
    """How long the steps may take together."""

    steps: tuple[Step, ...]

    @property
    def expected_seconds(self) -> float:
        """What the steps take at guaranteed rates."""
        return sum(step.seconds for step in self.steps)

    @property
    def wanted_seconds(self) -> int:
        """With the safety factor, in half minutes; more than AWS waits where the bytes are too many."""
        return -(-int(self.expected_seconds * SAFETY_FACTOR) // _ROUNDED_TO) * _ROUNDED_TO

    @property
    def seconds(self) -> int:
        """What is written into the endpoint's configuration."""
        return min(max(self.wanted_seconds, LEAST_SECONDS), MOST_SECONDS)


@dataclass(frozen=True, kw_only=True)
class StartLimits:
    """The two limits of an endpoint's variant."""

    download: TimeLimit
    startup: TimeLimit


def timeouts(entry: Entry) -> tuple[int, int]:
    """Seconds that an entry's variant gets for its start and for its download: stated, or what its bytes take."""
    endpoint = entry.endpoint
    if endpoint.kind == "serverless":
        raise ValueError(f"{entry.name} is serverless: AWS gives it three minutes, and no key to change that")
    startup, download = endpoint.serving.startup_timeout_seconds, endpoint.serving.download_timeout_seconds
    limits = entry_limits(entry) if startup is None or download is None else None
    return (
        startup or (limits.startup.seconds if limits else MOST_SECONDS),
        download or (limits.download.seconds if limits else MOST_SECONDS),
    )


def entry_limits(entry: Entry) -> StartLimits | None:
    """The limits of an entry, the longest of all its instances; None where AWS starts it per request."""
    endpoint = entry.endpoint
    if endpoint.kind == "serverless":
        return None
    shared = endpoint.kind == "multi-model"
    found = [
        start_limits(
            type_,
            engine=endpoint.serving.engine,
            checkpoint_bytes=[weight_bytes(model) for model in entry.models.values()],
            volume_gib=endpoint.serving.volume_gib,
            packed=shared,
            loads_on_request=shared,
        )
        for name in endpoint.serving.instances
        if (type_ := instance(name)) is not None
    ]
    if not found:
        return None
    return StartLimits(
        download=max((limits.download for limits in found), key=lambda limit: limit.wanted_seconds),
        startup=max((limits.startup for limits in found), key=lambda limit: limit.wanted_seconds),
    )


def start_limits(
    instance: Instance,
    *,
    engine: Engine,
    checkpoint_bytes: Iterable[int],
    volume_gib: int | None = None,
    packed: bool = False,
    loads_on_request: bool = False,
) -> StartLimits:
    """The limits on one instance; of several models, which are fetched one by one, the largest counts."""
    largest = max(checkpoint_bytes)
    volume = volume_gib or DEFAULT_VOLUME_GIB
    arriving = _arriving(instance, volume)
    download = [
        Step(name="first byte", seconds=_BEFORE_THE_FIRST_BYTE, note="listing and credentials, assumed"),
        _moving("weights", largest, arriving),
    ]
    if packed:
        download.append(_moving("unpacking", largest, (_UNPACKED_PER_SECOND, "assumed of one core")))
    # AWS does not say whether pulling the image counts against the container's time: here it does.
    startup = [_moving("image", image_bytes(instance), arriving)]
    if not loads_on_request:
        reading = disk_read_rate(instance, volume_gib=volume)
        startup.append(_moving("loading weights", largest, (reading, f"off {_disk(instance, volume)}")))
    return StartLimits(
        download=TimeLimit(steps=tuple(download)), startup=TimeLimit(steps=(*startup, _engine_step(engine)))
    )


def _arriving(instance: Instance, volume_gib: int) -> tuple[float, str]:
    """The slower of network and disk, and which it is."""
    network, disk = network_rate(instance), disk_write_rate(instance, volume_gib=volume_gib)
    return (network, "of the network") if network < disk else (disk, f"onto {_disk(instance, volume_gib)}")


def _disk(instance: Instance, volume_gib: int) -> str:
    return "the local disk" if instance.has_local_nvme else f"a volume of {volume_gib} GiB"


def _moving(name: str, size: int, rate: tuple[float, str]) -> Step:
    per_second, where = rate
    return Step(
        name=name, seconds=size / per_second, note=f"{size / 1e9:.1f} GB at {per_second / 1e6:.0f} MB/s {where}"
    )


def _engine_step(engine: Engine) -> Step:
    if engine == "neuron":
        # https://huggingface.co/docs/optimum-neuron/en/guides/vllm_plugin
        note = "a graph that is not compiled yet is compiled at the start: as long as AWS waits"
        return Step(name="engine", seconds=MOST_SECONDS / SAFETY_FACTOR, note=note)
    seconds = _ENGINE_SECONDS.get(engine, _OTHER_ENGINE_SECONDS)
    return Step(name="engine", seconds=seconds, note=f"{engine} until it answers, assumed")
