"""Cutting the service model out of a botocore wheel."""

import json
import zipfile
from pathlib import Path

import botocore
import pytest

from localaws.sagemaker.model import extract

DATA = Path(botocore.__file__).parent / "data"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel with the two models of the botocore that is installed."""
    path = tmp_path / "botocore-9.9.9-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for service, (api_version, _) in extract.OPERATIONS.items():
            member = f"{service}/{api_version}/service-2.json.gz"
            info = zipfile.ZipInfo(f"botocore/data/{member}", date_time=(2026, 2, 3, 4, 5, 6))
            archive.writestr(info, (DATA / member).read_bytes())
    return path


def test_the_cut_has_every_operation_every_shape_it_reaches_and_no_prose(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    paths = extract.extract(wheel, target)
    assert sorted(path.name for path in paths) == ["sagemaker-runtime.json", "sagemaker.json"]
    for path in paths:
        text = path.read_text()
        cut = json.loads(text)
        assert cut["source"] == {
            "package": "botocore",
            "version": "9.9.9",
            "built": "2026-02-03",
            "licence": "Apache-2.0",
        }
        assert set(cut["operations"]) == set(extract.OPERATIONS[path.stem][1])
        assert "<p>" not in text
        for shape in cut["shapes"].values():
            references = [*shape.get("members", {}).values(), shape.get("member"), shape.get("key"), shape.get("value")]
            assert all(reference["shape"] in cut["shapes"] for reference in references if reference)


def test_a_file_that_is_no_botocore_wheel_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="'boto3-1.0.whl' is not the file name of a botocore wheel"):
        extract.extract(tmp_path / "boto3-1.0.whl", tmp_path)
