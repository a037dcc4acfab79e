"""A plan for programs: everything that it holds, amounts as text so that no reader rounds them.

`plan.schema.json` beside this file describes it; `version` rises when a reader could break.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from modelyard.planning.plan import Plan, PlannedEndpoint, PlannedEnvironment, percent
from modelyard.planning.policy import Verdict, exit_code, worst
from modelyard.pricing.band import Band
from modelyard.pricing.endpoint_cost import Cost
from modelyard.pricing.line import Line

JSON_VERSION = 1

Row = dict[str, Any]


def as_json(plan: Plan, verdicts: Sequence[Verdict]) -> str:
    """One object."""
    level = worst(verdicts)
    document = {
        "version": JSON_VERSION,
        "base": {"name": plan.base, "commit": plan.commit},
        "currency": "USD",
        "verdict": level or "ok",
        "exit_code": exit_code(verdicts),
        "reasons": [
            {"level": one.level, "about": one.about, "environment": one.environment, "sentence": one.sentence}
            for one in verdicts
        ],
        "month": _month(plan.before_usd, plan.after_usd, comparable=plan.comparable),
        "environments": [_environment(one) for one in plan.environments],
        "notes": list(plan.notes),
    }  # fmt: skip
    # The same text to a reader of JSON, and no command to a runner that prints it.
    return json.dumps(document, indent=2, ensure_ascii=False).replace("##", "#\\u0023")


def _environment(environment: PlannedEnvironment) -> Row:
    quotas = environment.quotas
    return {
        "name": environment.name,
        "account": environment.account,
        "region": environment.region,
        "month": _month(environment.before_usd, environment.after_usd, comparable=not environment.incomparable),
        "not_priced": environment.not_priced,
        "depends_on_usage": environment.depends_on_usage,
        "prices_dated": environment.prices_dated,
        "changes": [vars(change) for change in environment.changes],
        "foundation": {
            "sentences": list(environment.shared.sentences),
            "resources": dict(environment.shared.effects),
            "before": _cost(environment.shared.before),
            "after": _cost(environment.shared.after),
        },
        "stacks": [
            {"name": one.name, "sentences": list(one.sentences), "resources": dict(one.effects)}
            for one in environment.stacks
        ],
        "endpoints": [_endpoint(one) for one in environment.endpoints],
        "quotas": {
            "pulled_on": quotas.pulled_on,
            "needs": [{**vars(need), "endpoints": list(need.endpoints)} for need in quotas.needs],
            "shortfalls": None
            if quotas.shortfalls is None
            else [
                {
                    "name": short.need.name,
                    "code": short.quota.code,
                    "occasion": short.occasion,
                    "have": short.have,
                    "wanted": short.wanted,
                    "request": short.request,
                }
                for short in quotas.shortfalls
            ],
        },
    }


def _endpoint(endpoint: PlannedEndpoint) -> Row:
    return {
        "name": endpoint.name,
        "endpoint_name": endpoint.endpoint_name,
        "kind": endpoint.kind,
        "runs_on": endpoint.label,
        "action": endpoint.action,
        "how": endpoint.how,
        "sentences": list(endpoint.sentences),
        "refused": endpoint.refused,
        "changes": [vars(change) for change in endpoint.changes],
        "resources": dict(endpoint.effects),
        "month": _month(endpoint.before.usd, endpoint.after.usd, comparable=endpoint.comparable),
        "before": _cost(endpoint.before),
        "after": _cost(endpoint.after),
    }


def _month(before: Band, after: Band, *, comparable: bool) -> Row:
    increase = after - before
    share = percent(increase.expected, before.expected) if comparable else None
    return {
        "comparable": comparable,
        "before_usd": _band(before.in_cents()),
        "after_usd": _band(after.in_cents()),
        "increase_usd": _band(increase.in_cents()),
        "increase_percent": None if share is None else f"{share:f}",
    }


def _cost(cost: Cost) -> Row:
    return {
        "usd": _band(cost.usd),
        "lines": [_line(line) for line in cost.lines],
        "units": [{"what": unit.what, "usd": _text(unit.usd)} for unit in cost.units],
        "assumptions": list(cost.assumptions),
        "warnings": list(cost.warnings),
    }


def _line(line: Line) -> Row:
    price = line.price
    return {
        "component": line.component,
        "what": line.what,
        "state": line.state,
        "resource_type": line.resource_type,
        "service": line.meter and line.meter.service,
        "usage_type": line.meter and line.meter.usage_type,
        "unit": line.meter and line.meter.unit,
        "quantity": line.quantity and _band(line.quantity),
        "price": price
        and {
            "usd": _text(price.usd),
            "basis": price.basis,
            "source": price.source,
            "dated": price.dated.isoformat(),
            "sku": price.sku,
        },
        "usd": _band(line.usd),
    }


def _band(band: Band) -> Row:
    return {"low": _text(band.low), "expected": _text(band.expected), "high": _text(band.high)}


def _text(amount: Decimal) -> str:
    return f"{amount:f}"
