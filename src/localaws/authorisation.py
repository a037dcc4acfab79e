"""Hold a request that MiniStack does not see itself against MiniStack's IAM: signature first, then policies."""

import json
import uuid

from ministack.core.iam_actions import identity_denial_message
from ministack.core.iam_evaluator import AuthError, enforce, pin_request_origin, pin_signed_body, pin_signed_request
from ministack.core.responses import get_account_id, set_request_account_id, set_request_region
from ministack.core.router import extract_access_key_id

from localaws.denial import Denial, denial
from localaws.incoming_request import IncomingRequest
from localaws.sagemaker_permissions import Permission


def identify(request: IncomingRequest, body: bytes, *, region: str) -> str:
    """Note whose request this is, in this task's context; returns the account the caller acts in."""
    # Plain HTTP on the loopback interface stands in for TLS, as in `Front`.
    pin_request_origin("127.0.0.1", True)
    pin_signed_request(request.method, request.raw_path, request.query, request.raw_headers)
    pin_signed_body(body)
    set_request_account_id(extract_access_key_id(request.headers, request.query))
    set_request_region(region)
    return str(get_account_id())


def denial_of(request: IncomingRequest, permissions: list[Permission], *, service: str, region: str) -> Denial | None:
    """None when the caller of the identified request has every permission, else the refusal as AWS words it."""
    access_key = extract_access_key_id(request.headers, request.query)
    for needed in permissions:
        refused = enforce(
            access_key,
            needed.action,
            service,
            region,
            resource_arn=needed.resource_arn,
            service_context=needed.conditions,
        )
        if refused is None:
            continue
        if isinstance(refused, AuthError):
            return denial(request, service=service, code=refused.code, message=refused.message, action=needed.action)
        message = identity_denial_message(
            needed.action, refused.principal_arn, needed.resource_arn, refused.decision == "Deny"
        )
        # AWS's JSON 1.1 services answer a denial with status 400, its REST services with 403.
        status = 400 if request.target else 403
        content = json.dumps({"__type": "AccessDeniedException", "Message": message, "message": message}).encode()
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amzn-errortype": "AccessDeniedException",
            "x-amzn-requestid": str(uuid.uuid4()),
        }
        return Denial(status, headers, content)
    return None
