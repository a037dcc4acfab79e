"""Where records of requests lie as a table, and what of them failed."""

from __future__ import annotations

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference
from modelyard_constructs.private_bucket import PrivateBucket, expire
from modelyard_constructs.published_value import PublishedValue
from modelyard_constructs.request_columns import PREFIX
from modelyard_constructs.request_delivery import ERRORS_PREFIX
from modelyard_constructs.shared_storage import SIGNALS
from modelyard_constructs.stream_mapping import GIVEN_UP_PREFIX
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

POISON_PREFIX = "poison/"
# Thirteen months, so that a month can be compared with the same month of the year before.
REQUESTS_KEEP_DAYS = 400
FAILURES_KEEP_DAYS = 30


class SignalsBucket(PrivateBucket):
    """It is there without signals too: empty it costs nothing, and with what it holds it is there when they come back.

    A bucket that only signals had would stay behind when they are switched off, and its name would be taken when they
    are switched on again.
    """

    def __init__(
        self,
        scope: Scope,
        logical_id: str,
        *,
        target: Target,
        tags: TagSet,
        key_arn: str | Reference,
        access_logs: PrivateBucket,
    ) -> None:
        super().__init__(
            scope,
            logical_id,
            target=target,
            purpose=SIGNALS,
            tags=tags,
            key_arn=key_arn,
            lifecycle=[
                expire("requests", days=REQUESTS_KEEP_DAYS, prefix=PREFIX),
                expire("poison", days=FAILURES_KEEP_DAYS, prefix=POISON_PREFIX),
                expire("delivery-errors", days=FAILURES_KEEP_DAYS, prefix=ERRORS_PREFIX),
                expire("given-up-batches", days=FAILURES_KEEP_DAYS, prefix=GIVEN_UP_PREFIX),
            ],
            access_logs=access_logs,
        )
        PublishedValue(
            scope, f"{logical_id}BucketName", target=target, what=f"{SIGNALS}-bucket", value=self.reference, tags=tags
        )
