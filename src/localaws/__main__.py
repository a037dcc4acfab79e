"""`python -m localaws`: AWS on this machine, on one loopback port."""

import argparse
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from localaws.admin_keys import AdminKeys
from localaws.open_files import allow_many_open_files
from localaws.process_environment import set_process_environment
from localaws.quota_file import read_quotas
from localaws.settings import HOST, Settings, SettingsError, open_listener, prepare_state_dir


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to end; 1 with one sentence on stderr when it cannot start."""
    options = _parser().parse_args(arguments)
    # Whatever is written from here on, by this process or those it starts, is this user's alone.
    os.umask(0o077)
    allow_many_open_files()
    state_dir = options.state_dir or Path(tempfile.mkdtemp(prefix="localaws-"))
    settings = Settings(
        port=options.port,
        state_dir=state_dir,
        account=options.account,
        region=options.region,
        clock_factor=options.clock_factor,
        ready_file=options.ready_file,
        outlive_parent=options.outlive_parent,
        images=options.images,
        keys=AdminKeys.known() if options.known_keys else AdminKeys.taken_from(os.environ),
        quotas=options.quotas,
    )
    try:
        settings.check()
        if settings.quotas is not None:
            read_quotas(settings.quotas)
        settings = replace(settings, state_dir=prepare_state_dir(settings.state_dir))
        listener = open_listener(settings.port)
    except SettingsError as problem:
        print(f"embedded AWS: {problem}", file=sys.stderr)
        return 1
    port = listener.getsockname()[1]
    set_process_environment(
        host=HOST,
        port=port,
        account=settings.account,
        region=settings.region,
        state_dir=settings.state_dir,
        keys=settings.keys,
    )
    # Only now: these import MiniStack, which reads the environment just set.
    from localaws.sagemaker_parts import make_sagemaker
    from localaws.server import serve

    try:
        serve(settings, listener, make_sagemaker=make_sagemaker)
    finally:
        if options.state_dir is None:
            shutil.rmtree(settings.state_dir, ignore_errors=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localaws", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="port on 127.0.0.1, 0 for any free one (4566)")
    parser.add_argument("--state-dir", type=Path, help="folder for everything it writes (a new temporary folder)")
    parser.add_argument("--ready-file", type=Path, help="JSON file to write once it answers")
    parser.add_argument("--account", default="000000000000", help="the account it plays (000000000000)")
    parser.add_argument("--region", default="us-east-1", help="region of unsigned requests (us-east-1)")
    parser.add_argument("--clock-factor", type=float, default=1.0, help="how many times as fast time passes (1)")
    parser.add_argument(
        "--images", type=Path, help="which process stands in for which image (src/localaws/images.yaml)"
    )
    parser.add_argument("--quotas", type=Path, help="JSON of `modelyard quotas pull`: what it may host (1,000 of all)")
    parser.add_argument(
        "--known-keys", action="store_true", help="the access key test/test, which any program here can guess"
    )
    parser.add_argument(
        "--outlive-parent", action="store_true", help="keep running when the process that started it has ended"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
