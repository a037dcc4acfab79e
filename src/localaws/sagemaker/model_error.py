"""The error with which the runtime reports that the model, not SageMaker, answered badly."""

from localaws.errors import AwsError

# "string [..2048]" in the service model of ModelError.
_MOST_CHARACTERS = 2048


class ModelError(AwsError):
    """HTTP 424, with what the container said."""

    def __init__(self, message: str, *, original_status: int, original_message: str, log_stream_arn: str) -> None:
        super().__init__("ModelError", message[:_MOST_CHARACTERS], 424)
        self.original_status = original_status
        self.original_message = original_message[:_MOST_CHARACTERS]
        self.log_stream_arn = log_stream_arn
