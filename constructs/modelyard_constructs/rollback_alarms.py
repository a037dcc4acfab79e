"""What turns a roll-out back: errors and slow answers of the new instances, looked at each minute."""

from __future__ import annotations

from typing import Any

from modelyard.blueprint.construct import Construct, Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard.catalog.naming import VARIANT_NAME
from modelyard.catalog.schema import Rollout
from modelyard.catalog.standing_alarms import ROLLBACK_ALARMS, alarm_id
from modelyard_constructs.endpoint_configuration import EndpointConfiguration
from modelyard_constructs.endpoint_metric import NAMESPACE
from modelyard_constructs.endpoint_plan import EndpointPlan

_MICROSECONDS = 1_000_000
_MINUTE = 60


class RollbackAlarms(Construct):
    """Alarms that see the new configuration only, so that errors of the old one do not block its repair.

    The dimension EndpointConfigName tells the fleets apart
    (https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html). They wake nobody: the
    endpoint's own alarms do. No data is no fault, or a roll-out without traffic would be turned back.
    """

    def __init__(
        self, scope: Scope, *, plan: EndpointPlan, rollout: Rollout, configuration: EndpointConfiguration
    ) -> None:
        super().__init__(scope, "RollbackAlarms")
        self._plan = plan
        self._configuration = configuration
        self.names: list[Reference | str] = list(rollout.alarms)
        if not rollout.turn_back_on_errors:
            return
        self._alarm("RollbackServerErrors", "answers with 5XX", "Invocation5XXErrors", 0, Statistic="Sum")
        seconds = plan.endpoint.slo.latency_p99_seconds
        self._alarm(
            "RollbackLatency",
            f"takes longer than {seconds:g} s for one request in a hundred",
            "ModelLatency",
            seconds * _MICROSECONDS,
            ExtendedStatistic="p99",
        )

    def _alarm(self, name: str, description: str, metric: str, threshold: float, **statistic: str) -> None:
        values: dict[str, Any] = {
            "EndpointName": self._plan.endpoint_name,
            "VariantName": VARIANT_NAME,
            "EndpointConfigName": self._configuration.name,
        }
        alarm = Resource(
            self,
            alarm_id(name, ROLLBACK_ALARMS),
            type="AWS::CloudWatch::Alarm",
            properties={
                "AlarmDescription": f"{self._plan.endpoint_name}: the version that is rolled out {description}",
                "Namespace": NAMESPACE,
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in values.items()],
                **statistic,
                "Period": _MINUTE,
                "EvaluationPeriods": 1,
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": threshold,
                "TreatMissingData": "notBreaching",
                "Tags": self._plan.tags.listing("alarms"),
            },
        )
        self.names.append(alarm.reference)
