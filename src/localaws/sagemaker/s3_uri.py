"""S3 addresses as SageMaker's requests write them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class S3Uri:
    """`s3://bucket/key`; the key may be a prefix and may be empty."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def joined(self, *parts: str) -> "S3Uri":
        """The address below this one, with exactly one slash between the parts."""
        key = "/".join(part.strip("/") for part in (self.key, *parts) if part.strip("/"))
        return S3Uri(self.bucket, key)


def parse(uri: str) -> S3Uri:
    """Read `s3://bucket/key` or the path style `https://s3.<region>.amazonaws.com/bucket/key`."""
    scheme, _, rest = uri.partition("://")
    host, _, path = rest.partition("/")
    if scheme == "s3":
        return S3Uri(host, path)
    if scheme == "https":
        bucket, _, key = path.partition("/")
        return S3Uri(bucket, key)
    raise ValueError(f"{uri!r} is no S3 address; write s3://bucket/key")
