"""One variant of a fleet: its booked instances and the processes that answer for them.

One process per container answers for all instances of the variant; the instance count is bookkeeping, and a laptop
could not hold more. What depends on it (asynchronous concurrency, "no capacity" at zero) is computed from it.
"""

import logging
import random
import string
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from localaws.patience import Patience
from localaws.sagemaker import container_logs, host_driver, image_access
from localaws.sagemaker.artifacts import ArtifactError, ArtifactStore, DownloadAborted
from localaws.sagemaker.container import Container, ContainerFailed, ProcessSpawner
from localaws.sagemaker.container_logs import ContainerLogs
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.deployment_error import DeploymentAborted, DeploymentFailed
from localaws.sagemaker.images import StandIn
from localaws.sagemaker.loaded_models import LoadedModels
from localaws.sagemaker.memory_watch import MemoryWatch
from localaws.sagemaker.ping import Health
from localaws.sagemaker.records import ModelRecord
from localaws.sagemaker.request_count import RequestCount
from localaws.sagemaker.scope import Scope

_log = logging.getLogger(__name__)

# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html: eight minutes after startup.
DEFAULT_HEALTH_CHECK_SECONDS = 480
# Between two attempts to bring back what will not stay up.
_REVIVE_AGAIN_AFTER_SECONDS = 5.0
# So many bad answers to /ping in a row end a container. One that is late may only be busy on a slow machine. Both ours.
_BAD_ANSWERS = {Health.UNHEALTHY: 3, Health.LATE: 10}
# The most that ModelDataDownloadTimeoutInSeconds may say (API_ProductionVariant).
DEFAULT_DOWNLOAD_SECONDS = 3600


class Variant:
    """A production or shadow variant as it runs."""

    def __init__(
        self,
        *,
        config: dict[str, Any],
        model: ModelRecord | None,
        scope: Scope,
        endpoint_name: str,
        folder: Path,
        artifacts: ArtifactStore,
        spawner: ProcessSpawner,
        dependencies: Dependencies,
    ) -> None:
        self.config = config
        self.name: str = config["VariantName"]
        self.model = model
        self.weight: float = config.get("InitialVariantWeight", 1.0)
        self.current_count = 0
        self.desired_count: int = config.get("InitialInstanceCount", 0)
        self.serverless: dict[str, Any] | None = config.get("ServerlessConfig")
        self.instance_id = "i-" + "".join(random.choices(string.hexdigits[:16], k=17))
        self.containers: list[Container] = []
        self._watch: MemoryWatch | None = None
        self.resolved_at: datetime = dependencies.clock.now()
        self.loaded_models: LoadedModels | None = None
        self.requests = RequestCount()
        self._scope = scope
        self._endpoint_name = endpoint_name
        self.folder = folder
        self._artifacts = artifacts
        self._spawner = spawner
        self._dependencies = dependencies
        self._start_lock = threading.Lock()
        self._is_wanted = False
        self._stopping = threading.Event()
        self._next_revival = 0.0
        self._bad_answers = 0
        self._is_failing = False
        self.is_suspect = False

    @property
    def has_capacity(self) -> bool:
        """Whether processes run that can answer."""
        containers = self.containers
        return bool(containers) and not self._is_failing and all(container.is_running for container in containers)

    @property
    def stand_in_note(self) -> str:
        """What answers in place of the variant's images."""
        return "; ".join(container.stand_in.note for container in self.containers)

    def start(self, is_aborted: Callable[[], bool]) -> None:
        """Bring the processes up; returns when every /ping answered. Raises DeploymentFailed with AWS's reason."""

        def is_over() -> bool:
            return is_aborted() or self._stopping.is_set()

        with self._start_lock:
            if self.model is None or self.has_capacity:
                return  # an endpoint for inference components has instances, but no model of its own
            self._stop_containers()
            started: list[Container] = []
            try:
                for position, definition in enumerate(self.model.containers, start=1):
                    started.append(self._start_container(self.model, definition, position, is_over))
                for position, container in enumerate(started, start=1):
                    self._await_health(container, position, is_over)
            except BaseException:
                for container in started:
                    container.stop()
                raise
            self.containers = started
            self._bad_answers, self._is_failing, self.is_suspect = 0, False, False
            self._is_wanted = True
            if self.serverless is not None:
                self._watch = MemoryWatch(
                    started, limit_mb=self.serverless["MemorySizeInMB"], is_busy=lambda: self.requests.current > 0
                )
            if self.model.is_multi_model:
                self.loaded_models = LoadedModels(
                    model=self.model, container=started[0], artifacts=self._artifacts, folder=self.folder / "models"
                )

    def expect_work(self) -> None:
        """A request is about to be answered: a serverless container's memory is looked at closely meanwhile."""
        watch = self._watch
        if watch is not None:
            watch.look_soon()

    def suspect(self) -> None:
        """A request met a server error: have /ping asked now, not at the next regular time."""
        self.is_suspect = True

    def note_health(self, containers: list[Container], health: list[Health]) -> None:
        """Take the answers to one round of /ping; `revive` then replaces what gave too many bad ones in a row."""
        if containers != self.containers:
            return  # they were replaced while they were asked
        bad = [one for one in health if one is not Health.HEALTHY]
        self._bad_answers = self._bad_answers + 1 if bad else 0
        self.is_suspect = bool(bad)
        if any(self._bad_answers >= _BAD_ANSWERS[one] for one in bad):
            for container in containers:
                container.logs.note(f"[sagemaker] {self._bad_answers} answers to /ping in a row were bad: replaced")
            self._is_failing = True

    def revive(self) -> None:
        """Start anew, in the background, what has died: SageMaker replaces a container that fails its health check."""

        def start() -> None:
            try:
                self.start(lambda: False)
            except (DeploymentFailed, DeploymentAborted) as failure:
                _log.warning("variant %s of endpoint %s stays down: %s", self.name, self._endpoint_name, failure)
            self._next_revival = time.monotonic() + _REVIVE_AGAIN_AFTER_SECONDS

        if self._is_wanted and not self.has_capacity and time.monotonic() >= self._next_revival:
            self._next_revival = float("inf")  # until this attempt is over
            what = "fails its health check" if self._is_failing else "ended"
            _log.warning("a container of variant %s of endpoint %s %s", self.name, self._endpoint_name, what)
            threading.Thread(target=start, name=f"revive-{self.name}", daemon=True).start()

    def stop(self) -> None:
        """End the processes, one that is being started too; a later `start` brings new ones."""
        self._is_wanted = False
        self._stopping.set()
        with self._start_lock:
            self._stop_containers()
            self._stopping.clear()

    def _stop_containers(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        containers, self.containers, self.loaded_models = self.containers, [], None
        for container in containers:
            container.stop()

    def _start_container(
        self, model: ModelRecord, definition: dict[str, Any], position: int, is_aborted: Callable[[], bool]
    ) -> Container:
        image_access.require_pullable(model, definition["Image"], service_client=self._dependencies.service_client)
        driver_mismatch = host_driver.mismatch(self.config, definition["Image"])
        if driver_mismatch is not None:
            raise DeploymentFailed(f"{self._cannot_start()} (On AWS: {driver_mismatch}.)")
        stand_in = self._stand_in(definition["Image"])
        folder = self.folder / f"container_{position}"
        model_folder = folder / "model"
        self._download(model, definition, position, model_folder, is_aborted)
        suffix = f"/{definition['ContainerHostname']}" if "ContainerHostname" in definition and position > 1 else ""
        stream = f"{self.name}/{self.instance_id}{suffix}"
        container = Container(
            stand_in=stand_in,
            environment={**self._credentials(model), **definition.get("Environment", {})},
            model_folder=model_folder,
            home=folder / "home",
            region=self._scope.region,
            is_multi_model=definition.get("Mode") == "MultiModel",
            logs=ContainerLogs(
                file=folder / "container.log",
                scope=self._scope,
                group=container_logs.group_name(self._endpoint_name),
                stream=stream,
                role_arn=model.role_arn,
                roles=self._dependencies.roles,
                clock=self._dependencies.clock,
            ),
            spawner=self._spawner,
        )
        container.start()
        return container

    def _credentials(self, model: ModelRecord) -> Mapping[str, str]:
        """None where the container is isolated.

        https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
        """
        if model.request.get("EnableNetworkIsolation"):
            return {}
        return self._dependencies.container_variables(model.role_arn, self._scope.region)

    def _cannot_start(self) -> str:
        """SageMaker's words for a container that does not even start."""
        return (
            f"CannotStartContainerError. Please ensure the model container for variant {self.name} starts correctly "
            "when invoked with 'docker run <image> serve'."
        )

    def _stand_in(self, image: str) -> StandIn:
        stand_in = self._dependencies.images.stand_in(image)
        if stand_in is None:
            raise DeploymentFailed(
                f"CannotStartContainerError. No process on this machine stands in for image {image} of production "
                f"variant {self.name}: add its repository to src/localaws/images.yaml, which has "
                f"{', '.join(self._dependencies.images.patterns)}."
            )
        return stand_in

    def _download(
        self,
        model: ModelRecord,
        definition: dict[str, Any],
        position: int,
        into: Path,
        is_aborted: Callable[[], bool],
    ) -> None:
        seconds = self.config.get("ModelDataDownloadTimeoutInSeconds", DEFAULT_DOWNLOAD_SECONDS)
        patience = self._patience(seconds)

        def is_over() -> bool:
            return is_aborted() or patience.is_over

        try:
            self._artifacts.fetch_container(model, definition, position=position, into=into, is_aborted=is_over)
        except ArtifactError as error:
            raise DeploymentFailed(str(error)) from error
        except DownloadAborted as error:
            if is_aborted():
                raise DeploymentAborted from error
            raise DeploymentFailed(
                f'Downloading model data for container "container_{position}" of production variant {self.name} did '
                f"not finish within ModelDataDownloadTimeoutInSeconds ({seconds} seconds)."
            ) from error

    def _patience(self, seconds: float) -> Patience:
        least_real_seconds = self._dependencies.least_real_seconds
        return Patience(self._dependencies.clock, seconds=seconds, least_real_seconds=least_real_seconds)

    def _await_health(self, container: Container, position: int, is_aborted: Callable[[], bool]) -> None:
        assert self.model is not None
        seconds = self.config.get("ContainerStartupHealthCheckTimeoutInSeconds", DEFAULT_HEALTH_CHECK_SECONDS)
        try:
            container.wait_until_healthy(patience=self._patience(seconds), is_aborted=is_aborted)
        except ContainerFailed as error:
            if is_aborted():
                raise DeploymentAborted from error
            if error.cannot_start:
                command = " ".join(container.stand_in.command)
                raise DeploymentFailed(
                    f"{self._cannot_start()} (On this machine: {command!r} cannot be run.)"
                ) from error
            # Wording: aws/sagemaker-python-sdk#787. AWS restarts a container that exits until the time is over and then
            # says the same; here it is said at the first exit.
            which = "primary" if len(self.model.containers) == 1 else f"container_{position}"
            raise DeploymentFailed(
                f"The {which} container for production variant {self.name} did not pass the ping health check. Please "
                "check CloudWatch logs for this endpoint."
            ) from error
