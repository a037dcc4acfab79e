"""An endpoint: the one resource that changes."""

import json
import logging
import random
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from localaws.sagemaker import refusals
from localaws.sagemaker.fleet import Fleet
from localaws.sagemaker.hard_rules.quota_rules import Booking
from localaws.sagemaker.records import EndpointConfigRecord
from localaws.sagemaker.scope import Scope
from localaws.sagemaker.variant import Variant

_log = logging.getLogger(__name__)

CREATING, IN_SERVICE, UPDATING, ROLLING_BACK = "Creating", "InService", "Updating", "RollingBack"
DELETING, FAILED = "Deleting", "Failed"
_IN_PROGRESS = (CREATING, UPDATING, ROLLING_BACK, DELETING)


class Endpoint:
    """Status, fleets and the share of traffic each fleet gets. Every change is made under `lock`."""

    def __init__(
        self, *, scope: Scope, name: str, config: EndpointConfigRecord, created_at: datetime, state_folder: Path
    ) -> None:
        self.scope = scope
        self.name = name
        self.config = config
        self.created_at = created_at
        self.modified_at = created_at
        self.status = CREATING
        self.failure_reason: str | None = None
        self.deployment_config: dict[str, Any] | None = None
        self.fleet: Fleet | None = None
        self.pending_fleet: Fleet | None = None
        # What an update that is in progress books beside the running fleet.
        self.pending_bookings: list[Booking] = []
        self.pending_stage = CREATING
        self.pending_since = created_at
        self.lock = threading.RLock()
        self._new_fleet_share = 0.0
        self._state_file = state_folder / f"{scope.account}-{scope.region}-{name}.json"

    @property
    def arn(self) -> str:
        return self.scope.arn("endpoint", self.name)

    @property
    def is_in_progress(self) -> bool:
        return self.status in _IN_PROGRESS

    @property
    def serves(self) -> bool:
        """Whether requests are answered: an update, too, leaves the old fleet in service."""
        return self.fleet is not None and self.status in (IN_SERVICE, UPDATING, ROLLING_BACK)

    def require_idle(self) -> None:
        """Raise `AwsError` unless the endpoint may be changed or deleted now."""
        if self.is_in_progress:
            raise refusals.in_progress(self.arn)

    def move_to(self, status: str, *, at: datetime, failure_reason: str | None = None) -> None:
        """Change the status and note it in the state file."""
        with self.lock:
            self.status = status
            self.failure_reason = failure_reason
            self.modified_at = at
            self.write_state()

    def shift_traffic(self, share_of_new_fleet: float) -> None:
        """Send that share (0 to 1) of the requests to the pending fleet."""
        with self.lock:
            self._new_fleet_share = share_of_new_fleet

    def serving_fleet(self) -> Fleet | None:
        """The fleet for the next request, None when the endpoint does not serve."""
        with self.lock:
            if not self.serves:
                return None
            if self.pending_fleet is not None and random.random() < self._new_fleet_share:
                return self.pending_fleet
            return self.fleet

    def dimensions_of(self, variant: Variant) -> list[dict[str, str]]:
        """Under what a variant's metrics are published: endpoint and variant, and both with the configuration.

        The second tells the fleets of an update apart:
        https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html.
        """
        both = {"EndpointName": self.name, "VariantName": variant.name}
        with self.lock:
            fleets = [fleet for fleet in (self.pending_fleet, self.fleet) if fleet is not None]
        of_variant = [fleet for fleet in fleets if any(one is variant for one in fleet.all_variants)]
        return [both, *({**both, "EndpointConfigName": fleet.config.name} for fleet in of_variant)]

    def write_state(self) -> None:
        """What runs for this endpoint, for whoever looks into the state folder: processes, ports, what stands in."""
        fleets = [fleet for fleet in (self.fleet, self.pending_fleet) if fleet is not None]
        state = {
            "endpoint": self.name,
            "arn": self.arn,
            "status": self.status,
            "failure_reason": self.failure_reason,
            "endpoint_config": self.config.name,
            "modified_at": self.modified_at.isoformat(),
            "instances_are_bookkeeping": "one process per container answers for all instances of a variant",
            "variants": [
                {
                    "variant": variant.name,
                    "endpoint_config": fleet.config.name,
                    "instances": variant.current_count,
                    "containers": [
                        {
                            "image": container.stand_in.image,
                            "stand_in": container.stand_in.note,
                            "command": list(container.stand_in.command),
                            "pid": container.pid,
                            "url": container.base_url,
                            "model_folder": str(container.model_folder),
                        }
                        for container in variant.containers
                    ],
                }
                for fleet in fleets
                for variant in fleet.all_variants
            ],
        }
        partial = self._state_file.with_suffix(".partial")
        try:
            self._state_file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
            partial.replace(self._state_file)
        except OSError as error:
            # Only for people to read; an endpoint must not hang in between because the disk is full.
            _log.warning("the state file of endpoint %s could not be written: %s", self.name, error)

    def forget_state(self) -> None:
        """The endpoint is deleted."""
        self._state_file.unlink(missing_ok=True)
