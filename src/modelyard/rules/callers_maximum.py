"""No role is named by more entries than AWS ever attaches policies to a role."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.callers_quota import HIGHEST, SOURCE, example, places
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY090",
    severity="error",
    title=f"a role that callers names is named by at most {HIGHEST} entries",
    reason="each endpoint's stack attaches a policy of its own to the roles that may ask it, and AWS raises the quota "
    f"of policies of a role to no more than {HIGHEST}.",
    source=SOURCE,
    fix="give some of the endpoints another role, or leave callers out there and allow sagemaker:InvokeEndpoint in a "
    "policy of the role's own",
    fails=example(HIGHEST + 1),
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
callers: [ChatFrontend]
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    for location, role, nth in places(entry, catalog):
        if nth > HIGHEST:
            yield Violation(
                location,
                f"role {role} may ask {nth} endpoints with this one, and takes {HIGHEST} policies at most: name "
                "another role, or allow it in a policy of the role's own",
            )
