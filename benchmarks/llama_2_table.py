"""Six rows of 2023 beside what fits today: the instances that JumpStart chose for Llama 2, and the cheapest ones now.

    .venv/bin/python benchmarks/llama_2_table.py

A week is five working days of two hours, and every model serves its 4096 tokens to one caller. The hourly prices of
2023 were EC2's; what SageMaker asks for hosting the same instance stands beside them. Prices of today are those of
src/modelyard/pricing/prices.json in us-east-1; ~ marks one that is derived from another.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import modelyard.catalog
from modelyard.capacity.candidates import candidates
from modelyard.capacity.instances import Instance, instance
from modelyard.capacity.memory_fit import GIB, fit
from modelyard.capacity.workload import workload
from modelyard.catalog.model_file import read_model
from modelyard.pricing.prices import NOT_PRICED, Price, hourly_price
from modelyard.pricing.ranking import rank

REGION = "us-east-1"
CONTEXT_TOKENS = 4096
HOURS_A_WEEK = Decimal(10)
CATALOG = Path(modelyard.catalog.__path__[0])


class Row(NamedTuple):
    """One row of 2023: EC2's hourly price, and GPU memory as marketed."""

    model: str
    instance: str
    usd_per_hour: Decimal
    gpu_memory_gb: int


ROWS = tuple(
    Row(f"llama-2-{size}{kind}", name, Decimal(usd), memory)
    for size, name, usd, memory in (
        ("7b", "ml.g5.2xlarge", "1.212", 24),
        ("13b", "ml.g5.12xlarge", "5.672", 96),
        ("70b", "ml.g5.48xlarge", "16.288", 192),
    )
    for kind in ("", "-chat")
)
HEADINGS = (
    "model", "instance of 2023", "host GiB", "GPUs", "GPU GB", "EC2 $/h", "$/week", "SageMaker $/h", "$/week",
    "needs on each GPU", "cheapest today", "devices", "split", "$/h", "$/week", "saved",
)  # fmt: skip


def table() -> str:
    """The table as Markdown."""
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *(_cells(row) for row in ROWS)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    type_ = _instance(row.instance)
    model = read_model(CATALOG, row.model)
    asked = workload(model, engine="vllm", context_tokens=CONTEXT_TOKENS, concurrency=1, widest=True, any_volume=True)
    then = fit(row.model, model, asked, type_)
    hosting = hourly_price(row.instance, REGION)
    ranking = rank(candidates(row.model, model, asked, region=REGION), region=REGION)
    if ranking.first is None or ranking.first.price is None or hosting is None:
        raise SystemExit(f"{row.model}: nothing that is priced fits")
    now = ranking.first.fit
    saved = (1 - ranking.first.price.usd / hosting.usd) * 100
    return (
        row.model,
        row.instance,
        f"{type_.memory_gib:g}",
        _devices(type_),
        str(row.gpu_memory_gb),
        str(row.usd_per_hour),
        f"{row.usd_per_hour * HOURS_A_WEEK:.2f}",
        *_money(hosting),
        f"{then.needed_bytes / GIB:.1f} of {then.device_bytes / GIB:.1f} GiB",
        now.instance.name,
        _devices(now.instance),
        str(now.degree),
        *_money(ranking.first.price),
        f"{saved:.0f} %",
    )


def _instance(name: str) -> Instance:
    found = instance(name)
    if found is None:
        raise SystemExit(f"{name} is no hosting instance type any more")
    return found


def _devices(type_: Instance) -> str:
    return f"{type_.accelerators} x {type_.accelerator}"


def _money(price: Price | None) -> tuple[str, str]:
    if price is None:
        return NOT_PRICED, NOT_PRICED
    mark = "~" if price.derived else ""
    return f"{mark}{price.usd}", f"{mark}{price.usd * HOURS_A_WEEK:.2f}"


if __name__ == "__main__":
    print(table(), end="")
