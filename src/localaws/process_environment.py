"""The environment of this process and what it starts: MiniStack's settings, and next to nothing of who started it.

MiniStack, moto and botocore read theirs when they are imported, so this comes first. Whatever a shell holds (tokens,
keys, addresses of agents) is no business of the functions that run here, so it does not stay.
"""

import os
import tempfile
from pathlib import Path

from localaws.admin_keys import AdminKeys

# What a program needs to run as it does in the shell: where programs and libraries are, language, time zone.
_KEPT = frozenset({"PATH", "LANG", "LANGUAGE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV"})
# What this process alone reads.
_KEPT_FOR_THIS_PROCESS = frozenset({"LOG_LEVEL", "MODELYARD_ENGINE_PYTHON"})
_KEPT_PREFIXES = ("LC_",)
_PREFIXES_FOR_THIS_PROCESS = ("PYTHON", "COVERAGE_")


def runtime_variables() -> dict[str, str]:
    """What any process started here needs of this one's environment; the rest it must be told."""
    own = {"HOME": os.environ.get("HOME", "/"), "TMPDIR": tempfile.gettempdir()}
    return own | {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}


def set_process_environment(
    *, host: str, port: int, account: str, region: str, state_dir: Path, keys: AdminKeys
) -> None:
    """Point everything in this process at embedded AWS on `host:port`, with its files under `state_dir`."""
    temporary, home = state_dir / "tmp", state_dir / "home"
    home.mkdir(exist_ok=True)
    for name in [name for name in os.environ if not _stays(name)]:
        del os.environ[name]
    os.environ.update(
        {
            # Not the user's: ~/.aws, ~/.netrc and the like are not ours to read.
            "HOME": str(home),
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
            # MiniStack knows the account's root by this key.
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
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
    tempfile.tempdir = str(temporary)


def _stays(name: str) -> bool:
    return (
        name in _KEPT
        or name in _KEPT_FOR_THIS_PROCESS
        or name.startswith((*_KEPT_PREFIXES, *_PREFIXES_FOR_THIS_PROCESS))
    )
