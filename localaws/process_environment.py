"""Environment variables that MiniStack, moto and botocore read when they are imported: set them first."""

import os
import tempfile
from pathlib import Path

# MiniStack treats this key as the account's root: it may do everything, as the administrator of embedded AWS.
ADMIN_ACCESS_KEY = "test"
ADMIN_SECRET_KEY = "test"

# Credentials of the user's own; proxies, which would be asked for 127.0.0.1 where NO_PROXY does not name it.
_UNWANTED = ("AWS_PROFILE", "AWS_SESSION_TOKEN")


def set_process_environment(*, host: str, port: int, account: str, region: str, state_dir: Path) -> None:
    """Point everything in this process at embedded AWS on `host:port`, with its files under `state_dir`."""
    temporary = state_dir / "tmp"
    os.environ.update(
        {
            "AUTH": "true",
            "BIND_HOST": host,
            "GATEWAY_PORT": str(port),
            "EDGE_PORT": str(port),
            "MINISTACK_HOST": "localhost",
            "MINISTACK_ACCOUNT_ID": account,
            "MINISTACK_REGION": region,
            "PERSIST_STATE": "0",
            "S3_PERSIST": "0",
            "S3_DATA_DIR": str(state_dir / "s3"),
            "STATE_DIR": str(state_dir / "ministack"),
            "TMPDIR": str(temporary),
            "LAMBDA_EXECUTOR": "local",
            # Listeners of services that nobody here uses, on ports that are not ours to take.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            # MiniStack would remove containers of other MiniStacks that a Docker daemon on this machine runs.
            "DOCKER_HOST": f"unix://{state_dir}/no-docker.sock",
            "AWS_ACCESS_KEY_ID": ADMIN_ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ADMIN_SECRET_KEY,
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            # Whatever client is made in this process, it must never reach a real account.
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "MOTO_ACCOUNT_ID": account,
            # moto would otherwise look for a newer image catalogue and the like in the network.
            "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
        }
    )
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    for name in [name for name in os.environ if name in _UNWANTED or name.lower().endswith("_proxy")]:
        del os.environ[name]
    tempfile.tempdir = str(temporary)
