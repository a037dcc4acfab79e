"""`constructs/` is a source root and no package: the name belongs to a package that aws_cdk itself imports."""

from __future__ import annotations

from pathlib import Path


def test_the_folder_constructs_is_no_package() -> None:
    marker = Path(__file__).parents[2] / "constructs" / "__init__.py"
    assert not marker.exists(), (
        "constructs/__init__.py hides the package constructs that aws_cdk imports, and nothing starts: "
        "put shared constructs into constructs/modelyard_constructs/ and delete this file"
    )
