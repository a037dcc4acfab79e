"""Objects of S3 lie on disk, not in memory: a fleet's weights would otherwise be held by this process for ever."""

import shutil
from pathlib import Path

from ministack.services import s3


def keep_objects_on_disk(folder: Path) -> None:
    """Write every object's content below `folder`, which is emptied first: nothing of an earlier run is read back."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    s3.DATA_DIR = str(folder)
    s3.S3_PERSIST = True
