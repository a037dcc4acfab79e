"""Archives that somebody made to hurt: each is refused with a sentence, within bounds that are counted here."""

import gzip
import io
import os
import random
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from localaws.sagemaker import model_archive
from localaws.sagemaker.model_archive import ArchiveRefused, unpack

EXAMPLES = int(os.environ.get("MODELYARD_FUZZ_EXAMPLES", "125"))
Member = tuple[tarfile.TarInfo, bytes]


def file(name: str, content: bytes = b"x") -> Member:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info, content


def special(name: str, kind: bytes, linked: str = "") -> Member:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, linked
    return info, b""


def tar(*members: Member, form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as made:
        for info, content in members:
            made.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def with_pax(info: tarfile.TarInfo, **headers: str) -> tarfile.TarInfo:
    info.pax_headers = headers
    return info


def sparse(size: int) -> bytes:
    """A member that holds nothing and says that it is so large."""
    info = tarfile.TarInfo("sparse")
    headers = {"GNU.sparse.map": f"{size},0", "GNU.sparse.size": str(size), "GNU.sparse.numblocks": "1"}
    return tar((with_pax(info, **headers), b""))


def many_headers(count: int) -> bytes:
    one = tar((with_pax(tarfile.TarInfo("a"), comment="c"), b""))[:1024]
    return one * count + tar(file("a"))


def raw_header(name: str, kind: bytes, size: int, *, goes_on: bool = False) -> bytes:
    """A header as no library writes it: a size below nothing, a sparse map that goes on in the next block."""
    info = tarfile.TarInfo(name)
    info.type = kind
    block = bytearray(info.tobuf(format=tarfile.GNU_FORMAT))
    block[124:136] = b"\xff" + (size + (1 << 88)).to_bytes(11, "big") if size < 0 else b"%011o\0" % size
    block[482] = goes_on
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


SPARSE_BLOCK = (b"%011o\0" % 0 + b"%011o\0" % 1) * 21 + b"\1" + bytes(7)
SPARSE_BY_NUMBERS = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "1"}


def sparse_by_numbers(numbers: bytes) -> bytes:
    info = tarfile.TarInfo("a")
    info.size = len(numbers)
    return with_pax(info, **SPARSE_BY_NUMBERS).tobuf(format=tarfile.PAX_FORMAT) + numbers


@pytest.fixture
def unzipped_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How much every read of a gzip file gave."""
    sizes: list[int] = []
    read = gzip.GzipFile.read

    def counted(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        found = read(self, size)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    return sizes


@pytest.fixture
def unpacked(tmp_path: Path) -> Callable[[bytes], Path]:
    def run(archive: bytes) -> Path:
        folder = tmp_path / "model"
        folder.mkdir()
        (tmp_path / "model.tar.gz").write_bytes(archive)
        unpack(tmp_path / "model.tar.gz", folder)
        return folder

    return run


HUGE = "9" * 30
HOSTILE = {
    "zeros": (tar(file("zeros", bytes(3_000_000))), "holds more than 1000000 bytes"),
    "zeros behind the end": (tar(file("a")) + bytes(3_000_000), "holds more than 1000000 bytes"),
    "a sparse file": (sparse(1 << 40), "with sparse it holds more than 1000000 bytes"),
    "a million names": (tar(*(file(f"{n}", b"") for n in range(120))), "more than 100 files and folders"),
    "deep folders": (tar(file("a/" * 400 + "b")), "more than 32 folders"),
    "a long header": (tar((with_pax(tarfile.TarInfo("a"), comment="c" * 20_000), b"")), "headers are larger"),
    "headers of headers": (many_headers(2000), "recursion depth|headers are larger"),
    "a size beyond all disks": (tar((with_pax(tarfile.TarInfo("a"), size=HUGE), b"")), "holds more than 1000000"),
    "a negative size": (tar((with_pax(tarfile.TarInfo("a"), size="-512"), b"")), "."),
    "a link to itself": (tar(special("a", tarfile.SYMTYPE, "a")), "a links to a, which is not in the archive"),
    "links in a circle": (
        tar(special("a", tarfile.SYMTYPE, "b"), special("b", tarfile.SYMTYPE, "a")),
        "a links to b, which is not in the archive",
    ),
    "a hard link to itself": (tar(special("a", tarfile.LNKTYPE, "a")), "a links to a, which is not in the archive"),
    "a link to a folder": (tar(special("d", tarfile.DIRTYPE), special("a", tarfile.SYMTYPE, "d")), "a links to d"),
    "a link out": (tar(special("a", tarfile.SYMTYPE, "../../etc/passwd")), "which is not in the archive"),
    "a name of two lines": (tar(special("a\nb", tarfile.FIFOTYPE)), r"a\\nb is neither"),
    "a named pipe": (tar(special("m.gguf", tarfile.FIFOTYPE)), "m.gguf is neither a file nor a folder"),
    "a device": (tar(special("m.gguf", tarfile.BLKTYPE)), "m.gguf is neither a file nor a folder"),
    "a file in a file": (tar(file("a"), file("a/b")), "."),
    "a file for a folder": (tar(file("a/b"), file("a")), "."),
    "no name": (tar(file(".")), "neither a file nor a folder"),
    "a name beyond file systems": (tar(file("n" * 300)), "."),
    "a way out": (tar(file("a/../../b")), "leads out of the model folder"),
    "a damaged header": (tar(file("a"))[:1024] + b"?" * 512 + tar(file("b")), "a header in it is damaged"),
    "a cut file": (tar(file("a", bytes(5000)))[:2000], "."),
    "no tar": (b"no tar at all" * 100, "."),
    "a sparse map without end": (raw_header("a", b"S", 0, goes_on=True) + SPARSE_BLOCK * 1500, "headers are larger"),
    "a sparse map of numbers": (sparse_by_numbers(b"99999999\n" + b"0\n" * 300_000), "headers are larger"),
    "a sparse map of one number": (sparse_by_numbers(b"9" * 600_000), "."),
    "a long name of less than nothing": (raw_header("a", b"L", -1024) + bytes(1024), "."),
    "attributes of less than nothing": (raw_header("a", b"x", -1024) + bytes(1024), "."),
    "a folder that leads back": (raw_header("a", b"D", -1024) + bytes(1024), "contradict|neither"),
    "a sparse file that leads back": (raw_header("a", b"S", -1024) + bytes(1024), "contradict"),
}


@pytest.mark.parametrize(("content", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_refused_with_a_sentence_within_its_bounds(
    unpacked: Callable[[bytes], Path],
    unzipped_bytes: list[int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: bytes,
    reason: str,
) -> None:
    monkeypatch.setattr(model_archive, "SMALLEST_LIMIT_BYTES", 1_000_000)
    monkeypatch.setattr(model_archive, "MOST_TIMES_ITS_SIZE", 1)
    monkeypatch.setattr(model_archive, "MOST_MEMBERS", 100)
    monkeypatch.setattr(model_archive, "_CHUNK_BYTES", 65_536)
    with pytest.raises(ArchiveRefused, match=reason) as refused:
        unpacked(gzip.compress(content))
    assert "\n" not in str(refused.value) and len(str(refused.value)) <= 400
    assert sum(unzipped_bytes) <= 1_000_000 + 65_536
    assert sum(path.stat().st_size for path in (tmp_path / "model").rglob("*")) <= 1_100_000


@pytest.mark.parametrize("name", ["a sparse map without end", "a sparse map of numbers", "headers of headers"])
def test_a_header_is_read_up_to_some_kilobytes(
    unpacked: Callable[[bytes], Path], unzipped_bytes: list[int], name: str
) -> None:
    with pytest.raises(ArchiveRefused, match="headers are larger"):
        unpacked(gzip.compress(HOSTILE[name][0]))
    assert sum(unzipped_bytes) <= 20_000


def test_ten_thousand_files_with_attributes_are_unpacked(unpacked: Callable[[bytes], Path]) -> None:
    members = [(with_pax(tarfile.TarInfo(f"{'long' * 30}{number}"), mtime="1.5"), b"") for number in range(9_999)]
    assert len(list(unpacked(gzip.compress(tar(*members), 1)).iterdir())) == 9_999


def test_a_sparse_file_as_tar_makes_it_is_unpacked(unpacked: Callable[[bytes], Path], tmp_path: Path) -> None:
    for form in ("gnu", "posix"):
        source = tmp_path / form
        with source.open("wb") as holes:
            for place in range(40):
                holes.seek(place * 100_000)
                holes.write(b"x" * 4096)
        subprocess.run(["tar", "-S", f"--format={form}", "-czf", f"{source}.tgz", form], cwd=tmp_path, check=True)
        folder = unpacked(Path(f"{source}.tgz").read_bytes())
        assert (folder / form).read_bytes() == source.read_bytes()
        folder.rename(tmp_path / f"{form}-unpacked")


def test_a_wrong_checksum_behind_the_archives_end_is_found(unpacked: Callable[[bytes], Path]) -> None:
    whole = bytearray(gzip.compress(tar(file("a"))))
    whole[-8] ^= 1
    with pytest.raises(ArchiveRefused, match="CRC check failed"):
        unpacked(bytes(whole))


def test_damage_within_the_compressed_bytes_is_found(unpacked: Callable[[bytes], Path]) -> None:
    whole = bytearray(gzip.compress(tar(file("a", random.Random(1).randbytes(5000)))))
    whole[20:40] = b"\xff" * 20
    with pytest.raises(ArchiveRefused):
        unpacked(bytes(whole))


def test_links_cost_no_bytes_and_name_files_before_and_after_them(unpacked: Callable[[bytes], Path]) -> None:
    members = [special(f"before-{n}", tarfile.SYMTYPE, "data/w") for n in range(50)]
    members += [file("data/w", b"weights"), special("data/again", tarfile.LNKTYPE, "data/w")]
    members += [special("data/chain", tarfile.SYMTYPE, "again")]
    folder = unpacked(gzip.compress(tar(*members)))
    weights = folder / "data" / "w"
    assert {path.read_bytes() for path in folder.rglob("*") if path.is_file()} == {b"weights"}
    assert weights.stat().st_nlink == 53


def test_a_second_file_of_a_name_takes_its_place(unpacked: Callable[[bytes], Path]) -> None:
    assert (unpacked(gzip.compress(tar(file("a", b"one"), file("a", b"two")))) / "a").read_bytes() == b"two"


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_every_form_of_tar_is_read(unpacked: Callable[[bytes], Path], form: int) -> None:
    folder = unpacked(gzip.compress(tar(file("d/" + "n" * 90, b"content"), file("e", b""), form=form)))
    assert (folder / "d" / ("n" * 90)).read_bytes() == b"content"
    assert (folder / "e").read_bytes() == b""


def test_whatever_bytes_an_archive_holds_it_is_unpacked_or_refused_with_a_sentence(tmp_path: Path) -> None:
    """Archives with some bytes changed, before and after compression; the seed of a failure is in its message."""
    whole = tar(
        file("a", b"content"), special("l", tarfile.SYMTYPE, "a"), (with_pax(*file("é" * 60)[:1], comment="x"), b"x")
    )
    for seed in range(EXAMPLES):
        chance = random.Random(seed)
        content = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        packed = bytearray(gzip.compress(content))
        if chance.random() < 0.3:
            packed[chance.randrange(len(packed))] = chance.randrange(256)
        folder = tmp_path / str(seed) / "model"
        folder.mkdir(parents=True)
        archive = tmp_path / str(seed) / "archive"
        archive.write_bytes(packed)
        try:
            unpack(archive, folder)
        except ArchiveRefused as refused:
            assert str(refused), f"seed {seed}"
        assert {path.name for path in archive.parent.iterdir()} == {"model", "archive"}, f"seed {seed}"
