"""A part that is copied has the checksum that its upload asks for, as one that is sent has; MiniStack leaves it out.

Source: S3 API reference, UploadPartCopy: CopyPartResult has the part's checksum where the upload was created with an
algorithm.
"""

from typing import Any
from xml.sax.saxutils import escape

from ministack.services import s3

Headers = dict[str, str]
_END = b"</CopyPartResult>"


def give_checksums_to_copied_parts() -> None:
    """Let S3 keep and tell the checksums of copied parts."""
    copy_part = s3._upload_part_copy

    def copy_with_checksum(bucket: str, key: str, query: dict[str, list[str]], headers: Headers) -> Any:
        status, answer_headers, body = copy_part(bucket, key, query, headers)
        upload = s3._multipart_uploads.get(s3._qp(query, "uploadId"))
        if status >= 300 or upload is None:
            return status, answer_headers, body
        part = upload["parts"][int(s3._qp(query, "partNumber", "1"))]
        part["checksums"], _ = s3._resolve_part_checksums(part["body"], {}, upload)
        told = "".join(
            f"<Checksum{algorithm}>{escape(value)}</Checksum{algorithm}>"
            for algorithm, value in part["checksums"].items()
        )
        return status, answer_headers, body.replace(_END, told.encode() + _END)

    s3._upload_part_copy = copy_with_checksum
