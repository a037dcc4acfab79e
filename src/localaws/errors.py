"""The one error that every part of embedded AWS raises to say "AWS would refuse this"."""


class AwsError(Exception):
    """A refusal as AWS puts it on the wire.

    `code` is the error code a client sees (boto3: `error.response["Error"]["Code"]`), `message` AWS's wording,
    `http_status` the status of the response (400 for what the caller did wrong, 500 for what we did).
    """

    def __init__(self, code: str, message: str, http_status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.http_status = http_status
