"""Rules for InferenceAmiVersion (API_ProductionVariant): a host image with drivers for one sort of accelerator.

The gpu images carry NVIDIA drivers, the neuron image the Neuron driver; CPU instances take none of them.
"""

from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule, instance_types
from localaws.sagemaker.instance_facts import GPU_FAMILIES, NEURON_FAMILIES, family


def image_fits_the_accelerator(config: ConfigRequest) -> str | None:
    """API_ProductionVariant, InferenceAmiVersion: the drivers listed per value decide which instances can boot it."""
    for variant in config.all_variants:
        version = variant.get("InferenceAmiVersion")
        if version is None:
            continue
        families = NEURON_FAMILIES if "-neuron-" in version else GPU_FAMILIES
        for instance_type in instance_types(variant):
            if family(instance_type) not in families:
                return f"InferenceAmiVersion {version} is not supported for instance type {instance_type}."
    return None


RULES: tuple[ConfigRule, ...] = (image_fits_the_accelerator,)
