"""What boto3 raises, said as one sentence."""

from __future__ import annotations

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOError,
    TokenRetrievalError,
)

from modelyard.shell.failure import Failure

# Codes with which AWS says that the caller's credentials are no longer good (STS and S3 word it differently).
_STALE = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}


def aws_failure(error: Exception) -> Failure:
    """Turn a botocore error into the sentence that helps most."""
    if isinstance(error, ClientError):
        return _refusal(error)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Failure("no AWS credentials found: sign in (`aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID")
    if isinstance(error, ProfileNotFound):
        return Failure(f"{_lower_first(str(error))}: set AWS_PROFILE to a profile of your AWS configuration")
    if isinstance(error, SSOError | TokenRetrievalError | CredentialRetrievalError):
        return Failure(f"AWS credentials could not be refreshed ({error}): sign in again with `aws sso login`")
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError | ReadTimeoutError):
        return Failure(f"{_lower_first(str(error))}: check the network, the region and AWS_ENDPOINT_URL")
    return Failure(f"AWS could not be asked: {_lower_first(str(error))}")


def error_code(error: ClientError) -> str:
    """The code AWS refused with, such as `NoSuchBucket`; HEAD requests carry the HTTP status instead."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _refusal(error: ClientError) -> Failure:
    code = error_code(error)
    message = str(error.response.get("Error", {}).get("Message", "")).rstrip(".")
    call = error.operation_name
    if code in _STALE:
        return Failure(f"AWS no longer accepts these credentials ({code}): sign in again, then run it again")
    if code in DENIED:
        return Failure(f"AWS denied {call}: {message or code}; ask for the permission or use another role")
    return Failure(f"AWS refused {call} with {code}: {message}")


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")
