"""Rules for MetricsConfig (API_MetricsConfig)."""

from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule

PUBLISH_FREQUENCIES_SECONDS = (10, 30, 60, 120, 180, 240, 300)


def frequency_is_listed(config: ConfigRequest) -> str | None:
    """API_MetricsConfig, MetricPublishFrequencyInSeconds: valid values 10, 30, 60, 120, 180, 240 and 300."""
    frequency = config.request.get("MetricsConfig", {}).get("MetricPublishFrequencyInSeconds")
    if frequency is not None and frequency not in PUBLISH_FREQUENCIES_SECONDS:
        return (
            f"MetricPublishFrequencyInSeconds {frequency} is not valid. "
            f"Valid values are: {list(PUBLISH_FREQUENCIES_SECONDS)}"
        )
    return None


RULES: tuple[ConfigRule, ...] = (frequency_is_listed,)
