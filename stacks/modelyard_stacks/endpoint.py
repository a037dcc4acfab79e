"""One entry of the catalog, deployed: a broken model never rolls back another."""

from __future__ import annotations

from modelyard.blueprint.stack import StackBlueprint
from modelyard.catalog.naming import CATALOG_NAME, FOUNDATION, VARIANT_NAME
from modelyard.catalog.objectives import objectives
from modelyard_constructs.alarm_topic import AlarmTopic
from modelyard_constructs.endpoint_alarms import EndpointAlarms
from modelyard_constructs.endpoint_configuration import EndpointConfiguration
from modelyard_constructs.endpoint_dashboard import EndpointDashboard
from modelyard_constructs.endpoint_log_group import EndpointLogGroup
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.execution_role import ExecutionRole
from modelyard_constructs.hosted_endpoint import HostedEndpoint
from modelyard_constructs.instance_scaling import InstanceScaling
from modelyard_constructs.invoke_policy import InvokePolicy
from modelyard_constructs.notification_topics import NotificationTopics
from modelyard_constructs.record_subscription import RecordSubscription
from modelyard_constructs.served_model import ServedModel


class EndpointStack(StackBlueprint):
    """Everything that belongs to one endpoint; its id is the entry's name, as in `cdk deploy support-chat`."""

    def __init__(self, *, plan: EndpointPlan, catalog_name: str | None = None) -> None:
        target = plan.target
        super().__init__(
            plan.entry.name,
            name=target.stack_name(plan.entry.name),
            account=target.account,
            region=target.region,
            description=f"modelyard: {plan.endpoint.kind} endpoint {plan.endpoint_name}",
            tags=plan.tags.mapping("stack"),
            needs=(FOUNDATION,),
        )
        log_group = EndpointLogGroup(self, "LogGroup", plan=plan)
        notified = plan.endpoint.kind == "async" and plan.endpoint.queue.notify
        topics = NotificationTopics(self, plan=plan) if notified else None
        role = ExecutionRole(self, "ExecutionRole", plan=plan, log_group=log_group, topics=topics)
        model = ServedModel(self, "Model", plan=plan, role=role)
        configuration = EndpointConfiguration(self, "EndpointConfig", plan=plan, model=model, topics=topics)
        policy = InvokePolicy(self, "InvokePolicy", plan=plan)
        endpoint = HostedEndpoint(self, "Endpoint", plan=plan, configuration=configuration)
        if plan.endpoint.callers:
            endpoint.depend_on(policy)
        InstanceScaling(self, plan=plan, endpoint=endpoint)
        if target.environment.signals is not None:
            RecordSubscription(self, "RecordSubscription", plan=plan, log_group=log_group)
        EndpointAlarms(self, plan=plan, topic=self._alarm_topic(plan))
        if plan.endpoint.dashboard:
            EndpointDashboard(self, "Dashboard", plan=plan)
        if catalog_name is not None:
            self.output(CATALOG_NAME, catalog_name)
        self.output("EndpointName", plan.endpoint_name)
        self.output("InvokePolicyArn", policy.reference)
        self.output("LogGroupName", log_group.name)
        if plan.capture_prefix:
            self.output("CapturePrefix", f"s3://{target.bucket_name('capture')}/{plan.capture_prefix}{VARIANT_NAME}/")
        if plan.endpoint.kind == "async":
            self.output("AsyncInputPrefix", f"s3://{target.bucket_name('async')}/{plan.input_prefix}")
            self.output("AsyncOutputPrefix", f"s3://{target.bucket_name('async')}/{plan.output_prefix}")

    def _alarm_topic(self, plan: EndpointPlan) -> AlarmTopic:
        return AlarmTopic(
            self,
            "AlarmTopic",
            target=plan.target,
            tags=plan.tags,
            recipients=plan.entry.team.alarms,
            alarms=[one.logical_id for one in objectives(plan.endpoint, plan.target.environment)],
        )
