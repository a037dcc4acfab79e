"""Service models that botocore brings, for the services whose requests we check and answer ourselves.

The lock file pins botocore, so these are as dated as the vendored SageMaker model.
"""

import functools

import botocore
from botocore.loaders import Loader

from localaws.sagemaker.service_model import ServiceModel

# Java's spellings and Python's: characters beyond the first 65,536, and printable ones (known in brackets only).
_JAVA_SPELLINGS = ((r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"), (r"\p{Print}+", r"[\p{Print}]+"))


@functools.cache
def botocore_model(service: str) -> ServiceModel:
    """The model of a service by its botocore name, for example `application-autoscaling`."""
    document = Loader().load_service_model(service, "service-2")
    for shape in document["shapes"].values():
        for java, python in _JAVA_SPELLINGS:
            if "pattern" in shape:
                shape["pattern"] = shape["pattern"].replace(java, python)
    source = {"package": "botocore", "version": botocore.__version__}
    return ServiceModel(source=source, operations=document["operations"], shapes=document["shapes"])
