"""The JSON Schema of a usage file, for editors; `modelyard schema` writes it beside those of the catalog."""

from __future__ import annotations

from pydantic import TypeAdapter

from modelyard.catalog.json_schema import schema_text
from modelyard.pricing.usage import HOURS_OF_A_CYCLE, UsageFile

FILE_NAME = "usage.schema.json"


def usage_schema() -> str:
    """The text of the schema file."""
    schema = TypeAdapter(UsageFile).json_schema()
    traffic = schema["$defs"]["Traffic"]
    # What the types check in code: one of the two rates, and the number of hours.
    rates = ("requests_per_month", "requests_per_hour")
    traffic["oneOf"] = [{"required": [rate]} for rate in rates]
    for name in rates:
        rate = traffic["properties"][name]
        stated = next(form for form in rate.pop("anyOf") if form.get("type") != "null")
        rate.pop("default")
        rate.update(stated)
    lengths = [{"minItems": hours, "maxItems": hours} for hours in HOURS_OF_A_CYCLE]
    traffic["properties"]["requests_per_hour"]["anyOf"] = lengths
    return schema_text("What endpoints are asked: catalog/usage.yaml", schema)
