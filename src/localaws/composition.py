"""Put the parts of embedded AWS together.

Import only after `set_process_environment`: MiniStack reads its settings when it is imported.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import ministack.app

from localaws.alarms.evaluator import AlarmEvaluator
from localaws.alarms.history import AlarmHistory
from localaws.alarms.metric_math_alarm import accept_metric_math
from localaws.alarms.metric_points import merge_long_series
from localaws.alarms.metric_times import stamp_metrics_by
from localaws.alarms.notification import Notifications
from localaws.autoscaling.sagemaker_variant import SageMaker
from localaws.autoscaling.service import TARGET as SCALING_TARGET
from localaws.autoscaling.service import ApplicationAutoScaling
from localaws.clock import Clock, ScaledClock
from localaws.cloudformation.completed_types import complete_types
from localaws.cloudformation.composite_alarm import CompositeAlarmType
from localaws.cloudformation.existing_resources import heed_existing_resources
from localaws.cloudformation.flink_application import FlinkApplicationType
from localaws.cloudformation.installation import install
from localaws.cloudformation.operation_ids import give_operation_ids
from localaws.cloudformation.output_changes import deploy_changed_outputs
from localaws.cloudformation.property_audit import audit_handlers
from localaws.cloudformation.resource_tags import resource_tags
from localaws.cloudformation.resource_type import Place
from localaws.cloudformation.sagemaker_endpoint import EndpointType
from localaws.cloudformation.sagemaker_endpoint_config import endpoint_config_type
from localaws.cloudformation.sagemaker_model import model_type
from localaws.cloudformation.scalable_target import ScalableTargetType
from localaws.cloudformation.scaling_policy import ScalingPolicyType
from localaws.cloudformation.template_references import refuse_unknown_references
from localaws.cloudformation.unchanged_resources import leave_unchanged_resources_out
from localaws.container_credentials import ContainerCredentials
from localaws.copied_parts import give_checksums_to_copied_parts
from localaws.event_source.kinesis_mapping import KinesisMappings
from localaws.event_source.resharding import reshard_like_kinesis
from localaws.event_source.shard_retention import keep_newest_records
from localaws.firehose.deaggregation import deaggregate_records
from localaws.firehose.delivered_records import forget_delivered_records
from localaws.front import Front, JsonService
from localaws.function_environment import start_functions_clean
from localaws.function_keys import make_function_keys_secret
from localaws.function_logs import restrict_new_log_groups_to_roles
from localaws.gate import Gate
from localaws.json_service import json_service_app
from localaws.key_permissions import require_key_permissions
from localaws.log_lines import log_one_line_each
from localaws.log_permissions import restrict_logs_to_streams
from localaws.log_retention import keep_newest_events
from localaws.log_subscriptions.installation import deliver_to_kinesis
from localaws.managed_key import use_managed_key
from localaws.metric_permissions import know_metric_namespaces
from localaws.object_files import keep_objects_on_disk
from localaws.others_buckets import know_buckets_of_others
from localaws.principal_arn import know_roles_of_sessions
from localaws.role_session import RoleSessions
from localaws.sagemaker.quotas import Quotas
from localaws.service_quotas.service import TARGET as QUOTAS_TARGET
from localaws.service_quotas.service import ServiceQuotas
from localaws.settings import Settings
from localaws.streamed_objects import stream_objects
from localaws.threaded_app import AsgiApp, ThreadedApp


@dataclass(frozen=True)
class SageMakerParts:
    """Embedded SageMaker: the service, its two HTTP faces, what it grants, and how to end the processes it runs."""

    service: SageMaker
    control_plane: AsgiApp
    runtime: AsgiApp
    quotas: Quotas
    close: Callable[[], None]


@dataclass(frozen=True)
class Surroundings:
    """What embedded SageMaker is made with."""

    settings: Settings
    endpoint_url: str
    clock: Clock
    roles: RoleSessions
    credentials: ContainerCredentials
    # Scaling asks SageMaker about variants and SageMaker asks scaling back, so this one can only be had later.
    scaling: Callable[[], ApplicationAutoScaling]


MakeSageMaker = Callable[[Surroundings], SageMakerParts]


@dataclass(frozen=True)
class EmbeddedAws:
    """Everything that serves: the front, the alarms that want to be evaluated, and how to end it all.

    `end_endpoints` ends SageMaker's processes and writes out logs, captured data and metrics: it needs a front that
    still answers. `close` comes last.
    """

    front: Front
    alarms: AlarmEvaluator
    end_endpoints: Callable[[], None]
    close: Callable[[], None]


def compose(settings: Settings, *, endpoint_url: str, make_sagemaker: MakeSageMaker) -> EmbeddedAws:
    """Embedded AWS as it will answer on `endpoint_url`; MiniStack is changed where it falls short of AWS."""
    log_one_line_each()
    clock = ScaledClock(factor=settings.clock_factor)
    made: list[ApplicationAutoScaling] = []
    roles = RoleSessions(endpoint_url=endpoint_url)
    credentials = ContainerCredentials(roles=roles, endpoint_url=endpoint_url)
    sagemaker = make_sagemaker(Surroundings(settings, endpoint_url, clock, roles, credentials, scaling=lambda: made[0]))
    scaling = ApplicationAutoScaling(sagemaker=sagemaker.service, clock=clock)
    made.append(scaling)
    _extend_cloudformation(sagemaker.service, scaling)
    start_functions_clean()
    make_function_keys_secret()
    restrict_new_log_groups_to_roles(endpoint_url=endpoint_url)
    keep_objects_on_disk(settings.state_dir / "s3")
    stream_objects()
    merge_long_series()
    stamp_metrics_by(clock)
    use_managed_key()
    give_checksums_to_copied_parts()
    know_buckets_of_others()
    require_key_permissions()
    know_metric_namespaces()
    know_roles_of_sessions()
    restrict_logs_to_streams()
    keep_newest_events()
    deliver_to_kinesis(endpoint_url=endpoint_url)
    alarms = AlarmEvaluator(clock=clock)
    alarms.take_over()
    AlarmHistory(clock=clock).take_over()
    Notifications(clock=clock).take_over()
    KinesisMappings(endpoint_url=endpoint_url, clock=clock).take_over()
    reshard_like_kinesis()
    keep_newest_records()
    deaggregate_records()
    forget_delivered_records()
    control_plane = ThreadedApp(sagemaker.control_plane, name="sagemaker-control-plane")
    runtime = ThreadedApp(sagemaker.runtime, name="sagemaker-runtime")
    autoscaling = ThreadedApp(json_service_app(scaling, target=SCALING_TARGET), name="application-autoscaling")
    quotas = ThreadedApp(
        json_service_app(ServiceQuotas(quotas=sagemaker.quotas), target=QUOTAS_TARGET), name="service-quotas"
    )

    def close() -> None:
        sagemaker.close()
        for app in (control_plane, runtime, autoscaling, quotas):
            app.close()

    front = Front(
        gate=Gate(port=urlsplit(endpoint_url).port or 80, admin=settings.keys, account=settings.account),
        ministack=ministack.app.app,
        sagemaker_control_plane=control_plane,
        sagemaker_runtime=runtime,
        json_services=(
            JsonService("application-autoscaling", SCALING_TARGET, autoscaling),
            JsonService("servicequotas", QUOTAS_TARGET, quotas),
        ),
        sagemaker_tags=lambda arn, region, account: resource_tags(
            sagemaker.service, arn, Place(account=account, region=region)
        ),
        container_credentials=credentials,
        default_region=settings.region,
    )
    return EmbeddedAws(front, alarms, end_endpoints=sagemaker.close, close=close)


def _extend_cloudformation(sagemaker: SageMaker, scaling: ApplicationAutoScaling) -> None:
    refuse_unknown_references()
    leave_unchanged_resources_out()
    accept_metric_math()
    complete_types()
    heed_existing_resources()
    deploy_changed_outputs()
    give_operation_ids()
    # Ours check their properties themselves, so they come after the audit of MiniStack's.
    audit_handlers()
    install(
        [
            model_type(sagemaker),
            endpoint_config_type(sagemaker),
            EndpointType(sagemaker),
            ScalableTargetType(scaling),
            ScalingPolicyType(scaling),
            CompositeAlarmType(),
            FlinkApplicationType(),
        ]
    )
