"""Rules for the list of variants and for what every variant must say."""

from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule


def names_are_unique(config: ConfigRequest) -> str | None:
    """API_ProductionVariant, VariantName: the name of the variant, which DescribeEndpoint and metrics tell apart by."""
    names = [variant["VariantName"] for variant in config.all_variants]
    doubled = sorted({name for name in names if names.count(name) > 1})
    return (
        f"Variant names must be unique within an endpoint configuration, found duplicates: {doubled}"
        if doubled
        else None
    )


def weights_do_not_sum_to_zero(config: ConfigRequest) -> str | None:
    """API_ProductionVariant, InitialVariantWeight: traffic is the ratio of the weight to the sum of all weights."""
    if sum(variant.get("InitialVariantWeight", 1.0) for variant in config.variants) <= 0:
        return "The sum of InitialVariantWeight over all production variants must be greater than 0."
    return None


def instances_are_counted(config: ConfigRequest) -> str | None:
    """API_ProductionVariant, InitialInstanceCount: "Number of instances to launch initially"; needed with instances."""
    for variant in config.all_variants:
        if "ServerlessConfig" not in variant and "InitialInstanceCount" not in variant:
            return f"InitialInstanceCount must be specified for variant {variant['VariantName']}."
    return None


def capture_modes_are_unique(config: ConfigRequest) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html: one option per mode.

    `InputAndOutput` is accepted here and fails CreateEndpoint (boto/boto3#3440).
    """
    modes = [option["CaptureMode"] for option in config.request.get("DataCaptureConfig", {}).get("CaptureOptions", ())]
    doubled = sorted({mode for mode in modes if modes.count(mode) > 1})
    return f"CaptureOptions must not repeat a CaptureMode, found duplicates: {doubled}" if doubled else None


RULES: tuple[ConfigRule, ...] = (
    names_are_unique,
    weights_do_not_sum_to_zero,
    instances_are_counted,
    capture_modes_are_unique,
)
