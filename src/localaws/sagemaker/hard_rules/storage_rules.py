"""Rules for the storage volume of instances.

https://docs.aws.amazon.com/sagemaker/latest/dg/host-instance-storage.html: SageMaker attaches no EBS volume to instance
types with local NVMe disks.
"""

from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule, instance_types
from localaws.sagemaker.instance_facts import has_local_disk


def local_disks_have_no_volume_size(config: ConfigRequest) -> str | None:
    """API_ProductionVariant, VolumeSizeInGB: the size of the attached ML storage volume; there is none to size."""
    for variant in config.all_variants:
        if "VolumeSizeInGB" in variant and any(map(has_local_disk, instance_types(variant))):
            return "VolumeSize parameter is not allowed for the selected Instance type"
    return None


def local_disks_take_no_key(config: ConfigRequest) -> str | None:
    """API_CreateEndpointConfig, KmsKeyId: instances with local storage are encrypted by a hardware module; "you can't
    request a KmsKeyId when using an instance type with local storage. If any of the models that you specify in the
    ProductionVariants parameter use nitro-based instances with local storage, do not specify a value for the KmsKeyId
    parameter. If you specify a value ... the call to CreateEndpointConfig fails"."""
    if "KmsKeyId" not in config.request:
        return None
    local = sorted(
        {kind for variant in config.all_variants for kind in instance_types(variant) if has_local_disk(kind)}
    )
    if local:
        return f"KmsKeyId is not supported for instance types with local storage: {local}"
    return None


RULES: tuple[ConfigRule, ...] = (local_disks_have_no_volume_size, local_disks_take_no_key)
