"""Everything that one environment of a catalog deploys: the foundation, and a stack for each entry."""

from __future__ import annotations

from collections.abc import Collection

from modelyard.blueprint.blueprint import Blueprint
from modelyard.catalog.entry import Catalog
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.target import Target
from modelyard_stacks.endpoint import EndpointStack
from modelyard_stacks.foundation import FoundationStack


def environment_blueprint(
    catalog: Catalog, *, protected: bool = False, only: Collection[str] | None = None, bundles: bool = True
) -> Blueprint:
    """The environment's stacks, the foundation first.

    `protected` is a foundation against its deletion: `modelyard cdk deploy` says so as soon as it stands. `only` names
    the entries whose stacks are wanted, where not all are; the foundation, which they need, is always there. `bundles`
    is False where nothing is to be deployed: what a bundle lacks on this machine is stood in for.

    Raises:
        BundlingFailed: where what runs on Flink lacks its connector.
        ImageError: for an entry whose engine publishes no image for its instances or region.
    """
    target = Target(environment_name=catalog.environment_name, environment=catalog.environment, bundles=bundles)
    name = catalog.organisation.catalog
    entries = [entry for key, entry in catalog.entries.items() if only is None or key in only]
    return Blueprint(
        catalog.environment_name,
        [
            FoundationStack(target=target, protected=protected, catalog_name=name),
            *(EndpointStack(plan=EndpointPlan(entry, target), catalog_name=name) for entry in entries),
        ],
    )
