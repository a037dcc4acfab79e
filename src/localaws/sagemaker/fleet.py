"""All variants of one endpoint configuration, running for one endpoint."""

import random
from collections.abc import Callable
from typing import Any

from localaws.sagemaker.records import EndpointConfigRecord
from localaws.sagemaker.variant import Variant

# A request that is not streamed is over by then.
DRAIN_SECONDS = 60.0


class Fleet:
    """What one EndpointConfig became when it was deployed to an endpoint."""

    def __init__(self, *, config: EndpointConfigRecord, variants: list[Variant], shadows: list[Variant]) -> None:
        self.config = config
        self.variants = variants
        self.shadows = shadows
        # Retained from the previous fleet on an update that says so; otherwise the configuration's own.
        self.data_capture: dict[str, Any] | None = config.request.get("DataCaptureConfig")

    @property
    def all_variants(self) -> list[Variant]:
        return self.variants + self.shadows

    def start(self, is_aborted: Callable[[], bool]) -> None:
        """Bring every variant with instances into service; raises DeploymentFailed, with nothing left running."""
        try:
            for variant in self.all_variants:
                if variant.serverless is not None or variant.desired_count > 0:
                    variant.start(is_aborted)
                variant.current_count = variant.desired_count
        except BaseException:
            self.stop()
            raise

    def retire(self, is_aborted: Callable[[], bool]) -> None:
        """Let running requests end, then every process: another fleet has taken over."""
        for variant in self.all_variants:
            variant.requests.close()
        for variant in self.all_variants:
            variant.requests.wait_until_idle(timeout_seconds=DRAIN_SECONDS, is_aborted=is_aborted)
        self.stop()

    def stop(self) -> None:
        """End every process."""
        for variant in self.all_variants:
            variant.stop()
            variant.current_count = 0

    def variant(self, name: str) -> Variant | None:
        """The production variant of that name."""
        return next((variant for variant in self.variants if variant.name == name), None)

    def pick(self) -> Variant:
        """A production variant by chance, in the ratio of the weights."""
        weights = [variant.weight for variant in self.variants]
        return random.choices(self.variants, weights=weights if sum(weights) > 0 else None)[0]
