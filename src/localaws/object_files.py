"""Objects of S3 lie on disk, not in memory: a fleet's weights would otherwise be held by this process for ever."""

import os
import shutil
from pathlib import Path
from typing import Any

from ministack.services import s3

# The answers that a client which did not hear them may ask for again.
_MOST_COMPLETED_UPLOADS = 100


def keep_objects_on_disk(folder: Path) -> None:
    """Write every object's content below `folder`, which is emptied first: nothing of an earlier run is read back."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    s3.DATA_DIR = str(folder)
    s3.S3_PERSIST = True
    persist = s3._persist_object

    def persist_and_forget(bucket: str, key: str, record: Any) -> None:
        persist(bucket, key, record)
        _forget_written_versions(bucket, key)

    s3._persist_object = persist_and_forget
    complete = s3._complete_multipart_upload

    def complete_and_forget(*request: Any) -> Any:
        answer = complete(*request)
        answers = s3._completed_multipart_uploads._data
        while len(answers) > _MOST_COMPLETED_UPLOADS:
            del answers[next(iter(answers))]
        return answer

    s3._complete_multipart_upload = complete_and_forget


def _forget_written_versions(bucket: str, key: str) -> None:
    """MiniStack writes the versions of an object too, and holds the content of each of them beside."""
    current = (s3._buckets.get(bucket) or {"objects": {}})["objects"].get(key) or {}
    path = s3._object_disk_path(bucket, key)
    # What could not be written is the only copy.
    is_current_written = bool(current) and current.get("body") is None and path is not None and os.path.isfile(path)
    current_number = current.get("version_id") or "null"
    for version in s3._object_versions.get((bucket, key), []):
        if version.get("data") is None:
            continue
        number = version["version_id"]
        if s3._version_file_exists(bucket, key, number) or (number == current_number and is_current_written):
            version["data"] = None
