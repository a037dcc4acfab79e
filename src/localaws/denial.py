"""The response to a request that may not pass, in the form in which its service answers."""

import re
import uuid
from dataclasses import dataclass, replace

from ministack.core.iam_actions import access_denied_response

from localaws.incoming_request import IncomingRequest
from localaws.threaded_app import Send

_ERROR_TYPE = re.compile(rb'"__type": ?"(?:[^"#]*#)?([^"]+)"')


@dataclass(frozen=True)
class Denial:
    """Status, headers and body of a refusal."""

    status: int
    headers: dict[str, str]
    body: bytes

    async def send(self, send: Send, *, last: bool = False) -> None:
        """Answer the request with this denial; `last` also ends the connection, whose body is not read."""
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        headers.append((b"content-length", str(len(self.body)).encode()))
        if last:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def denial(
    request: IncomingRequest, *, service: str, code: str, message: str, action: str = "", status: int | None = None
) -> Denial:
    """A refusal as the service words it: XML, query XML or JSON; `status` where the code alone does not say it."""
    request_id = str(uuid.uuid4())
    told, headers, body = access_denied_response(
        service, action, "", request_id, error_code=code, message=message, headers=request.headers
    )
    own = {name.lower(): value for name, value in headers.items()} | {"x-amzn-requestid": request_id}
    error_type = _ERROR_TYPE.search(body)
    if error_type is not None and "json" in own.get("content-type", ""):
        own |= {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": error_type[1].decode()}
    made = Denial(told, own, body)
    return made if status is None else replace(made, status=status)
