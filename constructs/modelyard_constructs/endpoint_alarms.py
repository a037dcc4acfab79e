"""What wakes a team: an alarm for each objective of the entry, and one that says whether any of them is on."""

from __future__ import annotations

from modelyard.blueprint.construct import Construct, Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard.catalog.objectives import objectives
from modelyard_constructs.alarm_condition import condition
from modelyard_constructs.alarm_topic import AlarmTopic
from modelyard_constructs.alarm_words import description, runbook
from modelyard_constructs.endpoint_plan import EndpointPlan

ANY_ALARM = "AnyAlarm"


class EndpointAlarms(Construct):
    """Alarms right for the entry's kind; each tells its topic when it fires and when it is over.

    The composite alarm tells nobody: its mail would repeat an alarm's without saying what to do, and while one alarm is
    on it would keep silent about the next. It is the endpoint's one state, for dashboards, pagers and roll-backs.
    """

    def __init__(self, scope: Scope, *, plan: EndpointPlan, topic: AlarmTopic) -> None:
        super().__init__(scope, "Alarms")
        tags = plan.tags.listing("alarms")
        told = {"AlarmActions": [topic.reference], "OKActions": [topic.reference]}
        alarms = [
            Resource(
                self,
                objective.logical_id,
                type="AWS::CloudWatch::Alarm",
                properties={
                    "AlarmDescription": description(objective, plan),
                    **condition(objective, plan),
                    **told,
                    "Tags": tags,
                },
            )
            for objective in objectives(plan.endpoint, plan.target.environment)
        ]
        Resource(
            self,
            ANY_ALARM,
            type="AWS::CloudWatch::CompositeAlarm",
            properties={
                "AlarmDescription": f"{plan.endpoint_name} has at least one alarm on; which, and what to do first: "
                f"{runbook(ANY_ALARM, plan)}",
                "AlarmRule": _any_of([alarm.reference for alarm in alarms]),
                "Tags": tags,
            },
        )


def _any_of(alarm_names: list[Reference]) -> Reference:
    words: list[str | Reference] = []
    for name in alarm_names:
        words += ['") OR ALARM("' if words else 'ALARM("', name]
    return {"Fn::Join": ["", [*words, '")']]}
