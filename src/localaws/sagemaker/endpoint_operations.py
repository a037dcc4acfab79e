"""The operations on endpoints: create, update, update weights and capacities, delete, describe, list."""

import math
import threading
from collections import Counter
from typing import Any

from localaws.sagemaker import endpoint as states
from localaws.sagemaker import listing, refusals
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.endpoint import Endpoint
from localaws.sagemaker.endpoint_description import describe
from localaws.sagemaker.fleet import Fleet
from localaws.sagemaker.hard_rules import deployment_rules, quota_rules, tag_rules, update_rules
from localaws.sagemaker.hard_rules.quota_rules import Booking
from localaws.sagemaker.hard_rules.update_rules import UpdateRequest
from localaws.sagemaker.lifecycle import EndpointLifecycle
from localaws.sagemaker.records import EndpointConfigRecord, ModelRecord, deployed_model_name, instance_type
from localaws.sagemaker.registry import Collection, Tags
from localaws.sagemaker.scope import Scope
from localaws.sagemaker.variant import Variant

Request = dict[str, Any]


class EndpointOperations:
    """Checks a request and hands the work to the lifecycle; one change of the same account at a time."""

    def __init__(
        self,
        *,
        endpoints: Collection[Endpoint],
        configs: Collection[EndpointConfigRecord],
        models: Collection[ModelRecord],
        tags: Tags,
        lifecycle: EndpointLifecycle,
        dependencies: Dependencies,
    ) -> None:
        self._endpoints = endpoints
        self._configs = configs
        self._models = models
        self._tags = tags
        self._lifecycle = lifecycle
        self._dependencies = dependencies
        # Between "is there quota for it" and "it is booked" nobody else may book.
        self._booking = threading.Lock()

    def create(self, request: Request, scope: Scope) -> Request:
        tags = tag_rules.from_request(request)
        with self._booking:
            self._endpoints.require_free(scope, request["EndpointName"])
            config = self._configs.get(scope, request["EndpointConfigName"])
            deployment_config = request.get("DeploymentConfig")
            if deployment_config is not None:
                deployment_rules.require_all(deployment_config, config)
            fleet = self._fleet(request["EndpointName"], config)
            self._require_room(scope, _bookings_of(fleet))
            endpoint = Endpoint(
                scope=scope,
                name=request["EndpointName"],
                config=config,
                created_at=self._dependencies.clock.now(),
                state_folder=self._lifecycle.state_folder,
            )
            endpoint.deployment_config = deployment_config
            self._endpoints.add(endpoint)
            self._tags.put(endpoint.arn, tags)
            self._lifecycle.create(endpoint, fleet)
        return {"EndpointArn": endpoint.arn}

    def update(self, request: Request, scope: Scope) -> Request:
        with self._booking:
            endpoint = self._changeable(scope, request["EndpointName"])
            new = self._configs.get(scope, request["EndpointConfigName"])
            # SageMaker looks the old configuration up, too; one that was deleted in the meantime blocks every update.
            old = self._configs.get(scope, endpoint.config.name)
            update_rules.require_all(
                UpdateRequest(
                    request=request,
                    old=old,
                    new=new,
                    is_autoscaled=lambda variant: self._dependencies.is_autoscaled(scope, endpoint.name, variant),
                )
            )
            deployment_config = request.get("DeploymentConfig")
            if deployment_config is None and request.get("RetainDeploymentConfig"):
                deployment_config = endpoint.deployment_config
            if deployment_config is not None:
                deployment_rules.require_all(deployment_config, new)
            fleet = self._fleet(endpoint.name, new)
            if request.get("RetainAllVariantProperties") and endpoint.fleet is not None:
                excluded = request.get("ExcludeRetainedVariantProperties") or ()
                _retain(endpoint.fleet, fleet, excluded={item["VariantPropertyType"] for item in excluded})
            bookings = _bookings_of_update(endpoint.fleet, fleet, deployment_config or {})
            self._require_room(scope, bookings)
            endpoint.deployment_config = deployment_config
            endpoint.pending_bookings = bookings
            self._lifecycle.update(endpoint, fleet, deployment_config)
        return {"EndpointArn": endpoint.arn}

    def update_weights_and_capacities(self, request: Request, scope: Scope) -> Request:
        with self._booking:
            endpoint = self._changeable(scope, request["EndpointName"])
            changes = [
                (self._variant(endpoint, wanted["VariantName"]), wanted)
                for wanted in request["DesiredWeightsAndCapacities"]
            ]
            for variant, wanted in changes:
                _require_capacity_change(endpoint, variant, wanted)
            more = [_growth(variant, wanted) for variant, wanted in changes]
            quota_rules.require_room(
                self._dependencies.quotas,
                in_use=self._bookings(scope),
                requested=[booking for booking in more if booking is not None],
            )
            self._lifecycle.scale(endpoint, changes)
        return {"EndpointArn": endpoint.arn}

    def delete(self, request: Request, scope: Scope) -> Request:
        with self._booking:
            endpoint = self._endpoints.get(scope, request["EndpointName"])
            endpoint.require_idle()
            self._tags.forget(endpoint.arn)
            self._lifecycle.delete(endpoint)
        return {}

    def describe(self, request: Request, scope: Scope) -> Request:
        return describe(self._endpoints.get(scope, request["EndpointName"]))

    def list_page(self, request: Request, scope: Scope) -> Request:
        page, next_token = listing.page_of(
            self._endpoints.of(scope),
            request,
            name=lambda item: item.name,
            created=lambda item: item.created_at,
            modified=lambda item: item.modified_at,
            status=lambda item: item.status,
        )
        endpoints = [
            {
                "EndpointName": item.name,
                "EndpointArn": item.arn,
                "CreationTime": item.created_at,
                "LastModifiedTime": item.modified_at,
                "EndpointStatus": item.status,
            }
            for item in page
        ]
        return {"Endpoints": endpoints, **({"NextToken": next_token} if next_token else {})}

    def _fleet(self, endpoint_name: str, config: EndpointConfigRecord) -> Fleet:
        names = {deployed_model_name(variant) for variant in config.variants + config.shadow_variants}
        models = {name: self._models.get(config.scope, name) for name in names if name is not None}
        return self._lifecycle.build_fleet(endpoint_name, config, models)

    def _changeable(self, scope: Scope, name: str) -> Endpoint:
        endpoint = self._endpoints.get(scope, name)
        endpoint.require_idle()
        if endpoint.status == states.FAILED:
            # API_DescribeEndpoint, EndpointStatus: "DeleteEndpoint is the only operation that can be performed on a
            # failed endpoint".
            raise refusals.invalid(f'Cannot update failed endpoint "{endpoint.arn}".')
        return endpoint

    def _variant(self, endpoint: Endpoint, name: str) -> Variant:
        variant = None if endpoint.fleet is None else endpoint.fleet.variant(name)
        if variant is None:
            raise refusals.invalid(f'Could not find variant "{name}" of endpoint "{endpoint.arn}".')
        return variant

    def _require_room(self, scope: Scope, bookings: list[Booking]) -> None:
        quota_rules.require_room(self._dependencies.quotas, in_use=self._bookings(scope), requested=bookings)

    def _bookings(self, scope: Scope) -> list[Booking]:
        booked: list[Booking] = []
        for endpoint in self._endpoints.of(scope):
            if endpoint.status == states.FAILED:
                continue
            if endpoint.fleet is not None:
                booked += _bookings_of(endpoint.fleet)
            if endpoint.pending_fleet is not None:
                # While an endpoint is created, its first fleet is the pending one.
                booked += _bookings_of(endpoint.pending_fleet) if endpoint.fleet is None else endpoint.pending_bookings
        return booked


def _bookings_of(fleet: Fleet) -> list[Booking]:
    return [
        Booking(serverless_endpoints=1, serverless_concurrency=variant.serverless["MaxConcurrency"])
        if variant.serverless is not None
        else Booking(instance_type=instance_type(variant.config), instances=variant.desired_count)
        for variant in fleet.all_variants
    ]


def _bookings_of_update(old: Fleet | None, new: Fleet, deployment_config: dict[str, Any]) -> list[Booking]:
    """What an update books beside the running fleet.

    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html: a rolling one replaces batch by
    batch, so that it needs one batch more (or what the new fleet is larger by), every other one a second fleet.
    """
    rolling = deployment_config.get("RollingUpdatePolicy")
    if rolling is None or old is None:
        return _bookings_of(new)
    running = Counter[str | None]()
    for variant in old.all_variants:
        running[instance_type(variant.config)] += variant.desired_count
    booked = []
    for variant in new.all_variants:
        kind, wanted = instance_type(variant.config), variant.desired_count
        share = deployment_rules.percent_of_capacity(rolling["MaximumBatchSize"], max(wanted, 1)) / 100
        batch = min(wanted, max(1, math.ceil(share * wanted)))
        # Of another type there is none yet: in the end all of them are there.
        booked.append(Booking(instance_type=kind, instances=max(batch, wanted - running[kind])))
    return booked


def _retain(old: Fleet, new: Fleet, *, excluded: set[str]) -> None:
    """RetainAllVariantProperties: count, weight and data capture of the running endpoint outlive the update."""
    for variant in new.variants:
        before = old.variant(variant.name)
        if before is None:
            continue
        if "DesiredInstanceCount" not in excluded and before.serverless is None and variant.serverless is None:
            variant.desired_count = before.desired_count
        if "DesiredWeight" not in excluded:
            variant.weight = before.weight
    if "DataCaptureConfig" not in excluded:
        new.data_capture = old.data_capture


def _require_capacity_change(endpoint: Endpoint, variant: Variant, wanted: Request) -> None:
    if variant.serverless is not None:
        if "DesiredInstanceCount" in wanted:
            raise refusals.invalid(
                f"DesiredInstanceCount is not supported for serverless endpoint variant {variant.name}."
            )
        serverless = {**variant.serverless, **wanted.get("ServerlessUpdateConfig", {})}
        if serverless.get("ProvisionedConcurrency", 0) > serverless["MaxConcurrency"]:
            raise refusals.invalid(
                f"ProvisionedConcurrency {serverless['ProvisionedConcurrency']} must be less than or equal to "
                f"MaxConcurrency {serverless['MaxConcurrency']}."
            )
        return
    if "ServerlessUpdateConfig" in wanted:
        raise refusals.invalid(f"ServerlessUpdateConfig is not supported for variant {variant.name} with instances.")
    # https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html: zero instances behind
    # asynchronous endpoints and inference components only.
    if wanted.get("DesiredInstanceCount") == 0 and endpoint.config.async_config is None and variant.model is not None:
        raise refusals.invalid(
            f"DesiredInstanceCount must be at least 1 for variant {variant.name}: endpoint {endpoint.name} is not "
            "asynchronous."
        )


def _growth(variant: Variant, wanted: Request) -> Booking | None:
    if variant.serverless is not None:
        most = wanted.get("ServerlessUpdateConfig", {}).get("MaxConcurrency", variant.serverless["MaxConcurrency"])
        delta = most - variant.serverless["MaxConcurrency"]
        return Booking(serverless_concurrency=delta) if delta > 0 else None
    delta = wanted.get("DesiredInstanceCount", variant.desired_count) - variant.desired_count
    return Booking(instance_type=instance_type(variant.config), instances=delta) if delta > 0 else None
