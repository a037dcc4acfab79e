"""Takes endpoints from one state to the next: processes up, traffic over, processes down, each on its own thread."""

import logging
import shutil
import threading
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from localaws.sagemaker import endpoint as states
from localaws.sagemaker import traffic_shift
from localaws.sagemaker.artifacts import ArtifactStore
from localaws.sagemaker.attachments import Attachments
from localaws.sagemaker.container import ProcessSpawner
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.deployment_error import DeploymentAborted, DeploymentFailed
from localaws.sagemaker.endpoint import Endpoint
from localaws.sagemaker.fleet import DRAIN_SECONDS, Fleet
from localaws.sagemaker.health_watch import HealthWatch
from localaws.sagemaker.records import EndpointConfigRecord, ModelRecord, deployed_model_name
from localaws.sagemaker.registry import Collection
from localaws.sagemaker.variant import Variant

_log = logging.getLogger(__name__)


class EndpointLifecycle:
    """Starts and ends what endpoints consist of. `close` ends everything."""

    def __init__(
        self,
        *,
        endpoints: Collection[Endpoint],
        artifacts: ArtifactStore,
        dependencies: Dependencies,
        attachments: Attachments,
    ) -> None:
        self._endpoints = endpoints
        self._artifacts = artifacts
        self._dependencies = dependencies
        self._attachments = attachments
        self._spawner = ProcessSpawner()
        self._closing = threading.Event()
        self._threads: set[threading.Thread] = set()
        self._threads_lock = threading.Lock()
        self._health = HealthWatch(self._running_variants)

    @property
    def state_folder(self) -> Path:
        """Where each endpoint keeps the file that says what runs for it."""
        return self._dependencies.state_dir / "endpoints"

    def build_fleet(self, endpoint_name: str, config: EndpointConfigRecord, models: dict[str, ModelRecord]) -> Fleet:
        """A fleet of the configuration, nothing of it running yet."""

        def build(definition: dict[str, Any]) -> Variant:
            folder = self._dependencies.state_dir / "containers" / f"{endpoint_name}-{uuid.uuid4().hex[:8]}"
            return Variant(
                config=definition,
                model=models.get(deployed_model_name(definition) or ""),
                scope=config.scope,
                endpoint_name=endpoint_name,
                folder=folder,
                artifacts=self._artifacts,
                spawner=self._spawner,
                dependencies=self._dependencies,
            )

        return Fleet(
            config=config,
            variants=[build(definition) for definition in config.variants],
            shadows=[build(definition) for definition in config.shadow_variants],
        )

    def create(self, endpoint: Endpoint, fleet: Fleet) -> None:
        """Creating -> InService or Failed."""
        endpoint.pending_fleet = fleet
        endpoint.write_state()
        self._run("create", endpoint, lambda: self._create(endpoint, fleet))

    def update(self, endpoint: Endpoint, fleet: Fleet, deployment_config: dict[str, Any] | None) -> None:
        """Updating -> InService with the new fleet, or -> RollingBack -> InService with the old one."""
        endpoint.pending_fleet = fleet
        self._enter_stage(endpoint, "Creating")
        endpoint.move_to(states.UPDATING, at=self._now())
        self._run("update", endpoint, lambda: self._update(endpoint, fleet, deployment_config))

    def scale(self, endpoint: Endpoint, changes: list[tuple[Variant, dict[str, Any]]]) -> None:
        """Updating -> InService with other weights and instance counts."""
        endpoint.move_to(states.UPDATING, at=self._now())
        self._run("scale", endpoint, lambda: self._scale(endpoint, changes))

    def delete(self, endpoint: Endpoint) -> None:
        """Deleting -> gone."""
        endpoint.move_to(states.DELETING, at=self._now())
        self._run("delete", endpoint, lambda: self._delete(endpoint))

    def close(self) -> None:
        """End every process of every endpoint."""
        self._closing.set()
        self._health.close()
        with self._threads_lock:
            running = list(self._threads)
        for thread in running:
            thread.join(timeout=60)
        stoppers = [
            threading.Thread(target=self._end, args=(endpoint,), name=f"end-{endpoint.name}")
            for endpoint in self._endpoints.everywhere()
        ]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()
        self._spawner.close()

    def _running_variants(self) -> list[Variant]:
        """Every variant of every endpoint, those of a fleet that is taking over included."""
        return [
            variant
            for endpoint in self._endpoints.everywhere()
            for fleet in (endpoint.fleet, endpoint.pending_fleet)
            if fleet is not None
            for variant in fleet.all_variants
        ]

    def _create(self, endpoint: Endpoint, fleet: Fleet) -> None:
        try:
            self._attachments.require_deployable(endpoint, fleet)
            fleet.start(self._closing.is_set)
        except DeploymentFailed as failure:
            self._fail(endpoint, fleet, str(failure))
            return
        # Before anybody sees the endpoint in service: a request may come the moment after.
        self._attachments.opened(endpoint)
        with endpoint.lock:
            endpoint.fleet, endpoint.pending_fleet = fleet, None
            endpoint.move_to(states.IN_SERVICE, at=self._now())
        _log.info("endpoint %s is in service: %s", endpoint.name, _what_answers(fleet))
        _warn_of_idle_capture(endpoint.name, fleet)

    def _fail(self, endpoint: Endpoint, fleet: Fleet, reason: str) -> None:
        fleet.stop()
        _log.warning("endpoint %s failed: %s", endpoint.name, reason)
        with endpoint.lock:
            endpoint.fleet, endpoint.pending_fleet = fleet, None
            endpoint.move_to(states.FAILED, at=self._now(), failure_reason=reason)

    def _update(self, endpoint: Endpoint, fleet: Fleet, deployment_config: dict[str, Any] | None) -> None:
        try:
            self._attachments.require_deployable(endpoint, fleet)
            fleet.start(self._closing.is_set)
            self._enter_stage(endpoint, "ActivatingTraffic")
            self._shift(endpoint, fleet, deployment_config)
        except DeploymentFailed as failure:
            self._roll_back(endpoint, fleet, str(failure))
            return
        except DeploymentAborted:
            fleet.stop()
            raise
        with endpoint.lock:
            old, endpoint.fleet, endpoint.pending_fleet = endpoint.fleet, fleet, None
            endpoint.config = fleet.config
            endpoint.shift_traffic(0.0)
        self._attachments.opened(endpoint)
        if old is not None:
            old.retire(self._closing.is_set)
            self._remove_folders(old)
        # As on AWS, in service only when the old fleet is gone.
        endpoint.move_to(states.IN_SERVICE, at=self._now())
        _log.info("endpoint %s is updated: %s", endpoint.name, _what_answers(fleet))
        _warn_of_idle_capture(endpoint.name, fleet)

    def _shift(self, endpoint: Endpoint, fleet: Fleet, deployment_config: dict[str, Any] | None) -> None:
        config = deployment_config or {}
        alarms = config.get("AutoRollbackConfiguration", {}).get("Alarms", ())
        policy = config.get("BlueGreenUpdatePolicy") or config.get("RollingUpdatePolicy") or {}
        traffic_shift.run(
            traffic_shift.steps_of(config, instance_count=min(variant.desired_count for variant in fleet.variants)),
            shift=endpoint.shift_traffic,
            alarm_names=[alarm["AlarmName"] for alarm in alarms if "AlarmName" in alarm],
            is_alarming=lambda name: self._dependencies.is_alarming(endpoint.scope, name),
            longest_seconds=policy.get("MaximumExecutionTimeoutInSeconds"),
            clock=self._dependencies.clock,
            is_aborted=self._closing.is_set,
        )

    def _roll_back(self, endpoint: Endpoint, fleet: Fleet, reason: str) -> None:
        _log.warning("the update of endpoint %s failed and is rolled back: %s", endpoint.name, reason)
        endpoint.shift_traffic(0.0)
        endpoint.move_to(states.ROLLING_BACK, at=self._now(), failure_reason=reason)
        fleet.retire(self._closing.is_set)
        with endpoint.lock:
            endpoint.pending_fleet = None
            endpoint.move_to(states.IN_SERVICE, at=self._now(), failure_reason=reason)

    def _scale(self, endpoint: Endpoint, changes: list[tuple[Variant, dict[str, Any]]]) -> None:
        reason = None
        for variant, wanted in changes:
            before = variant.desired_count
            variant.weight = wanted.get("DesiredWeight", variant.weight)
            if variant.serverless is not None:
                variant.serverless = {**variant.serverless, **wanted.get("ServerlessUpdateConfig", {})}
            variant.desired_count = wanted.get("DesiredInstanceCount", before)
            try:
                if variant.serverless is None and variant.desired_count == 0:
                    variant.current_count = 0  # nothing new is dispatched from here on
                    variant.requests.wait_until_idle(timeout_seconds=DRAIN_SECONDS, is_aborted=self._closing.is_set)
                    variant.stop()
                elif variant.serverless is None:
                    variant.start(self._closing.is_set)
                    variant.current_count = variant.desired_count
            except DeploymentFailed as failure:
                variant.desired_count = before
                reason = str(failure)
        self._attachments.opened(endpoint)
        endpoint.move_to(states.IN_SERVICE, at=self._now(), failure_reason=reason)

    def _delete(self, endpoint: Endpoint) -> None:
        self._end(endpoint)
        for fleet in (endpoint.fleet, endpoint.pending_fleet):
            if fleet is not None:
                self._remove_folders(fleet)
        endpoint.forget_state()
        self._endpoints.remove(endpoint)

    def _end(self, endpoint: Endpoint) -> None:
        self._attachments.closed(endpoint)
        for fleet in (endpoint.fleet, endpoint.pending_fleet):
            if fleet is not None:
                fleet.stop()

    def _remove_folders(self, fleet: Fleet) -> None:
        """The container's files go; what it printed stays, for whoever asks later why."""
        for variant in fleet.all_variants:
            for folder in variant.folder.glob("*"):
                for part in ("model", "home"):
                    shutil.rmtree(folder / part, ignore_errors=True)

    def _enter_stage(self, endpoint: Endpoint, stage: str) -> None:
        with endpoint.lock:
            endpoint.pending_stage, endpoint.pending_since = stage, self._now()

    def _run(self, what: str, endpoint: Endpoint, work: Callable[[], None]) -> None:
        thread = threading.Thread(
            target=self._guarded, args=(what, endpoint, work), name=f"{what}-{endpoint.name}", daemon=True
        )
        with self._threads_lock:
            self._threads.add(thread)
        thread.start()

    def _guarded(self, what: str, endpoint: Endpoint, work: Callable[[], None]) -> None:
        try:
            work()
        except DeploymentAborted:
            _log.info("%s of endpoint %s was given up: embedded AWS ends", what, endpoint.name)
        except Exception as error:
            # A full disk, a defect of ours: without an end the endpoint would be in progress for ever.
            _log.exception("%s of endpoint %s broke", what, endpoint.name)
            reason = f"InternalServerError: {type(error).__name__}: {error}"
            fleet = endpoint.pending_fleet
            if what == "update" and fleet is not None:
                self._roll_back(endpoint, fleet, reason)
            elif what == "create" and fleet is not None:
                self._fail(endpoint, fleet, reason)
            else:
                endpoint.move_to(states.FAILED, at=self._now(), failure_reason=reason)
        finally:
            with self._threads_lock:
                self._threads.discard(threading.current_thread())

    def _now(self) -> datetime:
        return self._dependencies.clock.now()


def _what_answers(fleet: Fleet) -> str:
    return "; ".join(f"variant {variant.name}: {variant.stand_in_note or 'no process'}" for variant in fleet.variants)


def _warn_of_idle_capture(endpoint_name: str, fleet: Fleet) -> None:
    """AWS documents captured records for real-time endpoints only; what it writes for others is not known."""
    captures = fleet.data_capture is not None and bool(fleet.data_capture.get("EnableCapture"))
    is_multi_model = any(variant.model is not None and variant.model.is_multi_model for variant in fleet.variants)
    if captures and (fleet.config.async_config is not None or is_multi_model):
        _log.warning(
            "endpoint %s asks for data capture, which AWS documents for real-time endpoints with one model only: "
            "nothing is captured here",
            endpoint_name,
        )
