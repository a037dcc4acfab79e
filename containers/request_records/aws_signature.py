"""Signs a POST to an AWS service with Signature Version 4.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html; a test holds it against
botocore's.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from containers.request_records.aws_credentials import Credentials

_ALGORITHM = "AWS4-HMAC-SHA256"


def signed_headers(
    headers: dict[str, str], body: bytes, *, service: str, region: str, credentials: Credentials, now: datetime
) -> dict[str, str]:
    """The headers with what makes them the role's; `headers` has Host, names in any case, and the path is `/`."""
    moment = f"{now:%Y%m%dT%H%M%SZ}"
    added = {"X-Amz-Date": moment}
    if credentials.token:
        added["X-Amz-Security-Token"] = credentials.token
    every = {name.lower(): value.strip() for name, value in {**headers, **added}.items()}
    names = ";".join(sorted(every))
    canonical = "\n".join(
        ["POST", "/", "", *(f"{name}:{every[name]}" for name in sorted(every)), "", names, _sha256(body)]
    )
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = "\n".join([_ALGORITHM, moment, scope, _sha256(canonical.encode())])
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"{credentials.access_key}/{scope}"
    authorization = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return {**headers, **added, "Authorization": authorization}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
