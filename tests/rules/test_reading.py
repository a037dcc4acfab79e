from pathlib import Path
from shutil import copytree

from modelyard.rules.reading import read

FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"


def test_a_mistake_in_one_file_hides_no_finding_about_another(tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    copytree(FOUR_KINDS, folder)
    (folder / "endpoints" / "misspelt.yaml").write_text("kind: realtime\n", encoding="utf-8")
    template = next(path for path in folder.glob("endpoints/*.yaml") if "kind: serverless" in path.read_text())
    long_name = "x" * 70
    template.rename(folder / "endpoints" / f"{long_name}.yaml")
    environment = sorted(path.stem for path in folder.glob("environments/*.yaml"))[0]

    reading = read(folder, environment)

    assert reading.catalog is None
    assert {"MY006", "MY010"} <= {finding.rule for finding in reading.errors}
