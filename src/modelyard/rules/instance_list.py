"""A list of instance types is one AWS can fall back through, and one image can run on."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import instance
from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation, instance_places

MOST = 5

RULE = Rule(
    id="MY015",
    severity="error",
    title="a list of instance types holds at most five different types that run the same image",
    reason="InstancePools takes one to five distinct types, and every pool runs the one image of the entry.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-heterogeneous.html",
    fix="remove repeated types, and types with another kind of processor",
    fails="""\
# catalog/endpoints/chat.yaml
kind: async
serving: {instance: [ml.g5.2xlarge, ml.g5.2xlarge]}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: async
serving: {instance: [ml.g5.2xlarge, ml.g5.4xlarge]}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    places = list(instance_places(entry))
    if len(places) > MOST:
        yield Violation(
            ("serving", "instance"), f"instance lists {len(places)} types, at most {MOST} are allowed: keep the best"
        )
    seen: set[str] = set()
    first = instance(places[0][1]) if places else None
    for location, name in places:
        if name in seen:
            yield Violation(location, f"instance {name} stands twice in the list: remove one of them")
        seen.add(name)
        type_ = instance(name)
        if first and type_ and (type_.processor, type_.architecture) != (first.processor, first.architecture):
            yield Violation(
                location,
                f"instance {name} ({type_.processor}, {type_.architecture}) cannot run the image of {first.name} "
                f"({first.processor}, {first.architecture}): list types of one kind",
            )
