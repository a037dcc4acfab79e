"""Our event stream frames, read by botocore's own decoder."""

import json

from botocore.eventstream import EventStreamBuffer

from localaws.sagemaker import event_stream


def test_botocore_reads_the_frames_back_in_any_pieces() -> None:
    data = (
        event_stream.payload_part(b"first")
        + event_stream.payload_part(b"\x00\xff" * 50_000)
        + event_stream.model_stream_error("StreamBroken", "gone")
    )
    buffer = EventStreamBuffer()
    messages = []
    for start in range(0, len(data), 777):
        buffer.add_data(data[start : start + 777])
        messages.extend(buffer)
    assert [message.headers[":message-type"] for message in messages] == ["event", "event", "exception"]
    assert messages[0].headers[":event-type"] == "PayloadPart"
    assert messages[0].payload == b"first"
    assert messages[1].payload == b"\x00\xff" * 50_000
    assert messages[2].headers[":exception-type"] == "ModelStreamError"
    assert json.loads(messages[2].payload) == {"Message": "gone", "ErrorCode": "StreamBroken"}
