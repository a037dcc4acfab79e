"""A role that may ask many endpoints has room for as many policies, once AWS has raised its quota."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

DEFAULT = 10
HIGHEST = 20
SOURCE = (
    "IAM quotas, managed policies attached to an IAM role: "
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
)


def example(asked: int) -> str:
    """So many entries that one role may ask, as files of a catalog."""
    return "".join(
        f"# catalog/endpoints/chat-{number:02}.yaml\nkind: real-time\ncallers: [ChatFrontend]\n"
        for number in range(1, asked + 1)
    )


RULE = Rule(
    id="MY091",
    severity="warning",
    title=f"a role that callers names is named by at most {DEFAULT} entries, unless its quota was raised",
    reason="each endpoint's stack attaches a policy of its own to the roles that may ask it. A role takes ten "
    "policies, its others with them, until AWS raises the account's quota; the next deployment is refused.",
    source=SOURCE,
    fix="have the quota L-0DA4ABF3 raised to 20 and waive the rule, or give some of the endpoints another role",
    fails=example(DEFAULT + 1),
    passes=example(DEFAULT),
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    for location, role, nth in places(entry, catalog):
        if DEFAULT < nth <= HIGHEST:
            yield Violation(
                location,
                f"role {role} may ask {nth} endpoints with this one, and takes {DEFAULT} policies until AWS raises its "
                f"quota (to {HIGHEST} at most): raise it, or name another role",
            )


def places(entry: Entry, catalog: Catalog) -> Iterator[tuple[tuple[str | int, ...], str, int]]:
    """Where the entry names a role, and the how manieth endpoint of the environment that is for the role, by name."""
    for index, role in enumerate(entry.endpoint.callers):
        yield ("callers", index), role, bisect_right(catalog.callers[role], entry.name)
