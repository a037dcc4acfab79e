"""Hold a request that MiniStack does not see itself against MiniStack's IAM: signature first, then policies."""

import json
import uuid
from dataclasses import dataclass

from ministack.core.iam_actions import access_denied_response, identity_denial_message
from ministack.core.iam_evaluator import AuthError, enforce, pin_request_origin, pin_signed_body, pin_signed_request
from ministack.core.responses import get_account_id, set_request_account_id, set_request_region
from ministack.core.router import extract_access_key_id

from localaws.incoming_request import IncomingRequest
from localaws.sagemaker_permissions import Permission
from localaws.threaded_app import Send


@dataclass(frozen=True)
class Denial:
    """The response to a request that may not pass."""

    status: int
    headers: dict[str, str]
    body: bytes

    async def send(self, send: Send) -> None:
        """Answer the request with this denial."""
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


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
    request_id = str(uuid.uuid4())
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
            status, headers, content = access_denied_response(
                service,
                needed.action,
                "",
                request_id,
                error_code=refused.code,
                message=refused.message,
                headers=request.headers,
            )
            return Denial(status, _with_error_type(headers, json.loads(content)["__type"], request_id), content)
        message = identity_denial_message(
            needed.action, refused.principal_arn, needed.resource_arn, refused.decision == "Deny"
        )
        # AWS's JSON 1.1 services answer a denial with status 400, its REST services with 403.
        status = 400 if request.target else 403
        content = json.dumps({"__type": "AccessDeniedException", "Message": message, "message": message}).encode()
        return Denial(status, _with_error_type({}, "AccessDeniedException", request_id), content)
    return None


def _with_error_type(headers: dict[str, str], code: str, request_id: str) -> dict[str, str]:
    return {
        "content-type": "application/x-amz-json-1.1",
        **{name.lower(): value for name, value in headers.items()},
        "x-amzn-errortype": code,
        "x-amzn-requestid": request_id,
    }
