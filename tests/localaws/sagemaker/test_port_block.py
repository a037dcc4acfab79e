"""Ports for containers."""

import random
import socket
import subprocess
import sys

import pytest

from localaws.sagemaker import port_block


def test_blocks_do_not_overlap_and_are_free() -> None:
    blocks = [port_block.take() for _ in range(20)]
    ports = [port for block in blocks for port in range(block.port, block.port + port_block.SAFE_PORTS + 1)]
    assert len(set(ports)) == len(ports)
    assert all(20000 <= port < 32000 for port in ports)
    assert blocks[0].safe_range == f"{blocks[0].port + 1}-{blocks[0].port + 10}"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", blocks[0].port))
    for block in blocks:
        port_block.give_back(block)


def test_another_process_gets_other_blocks_until_this_one_gives_them_back(monkeypatch: pytest.MonkeyPatch) -> None:
    block = port_block.take()
    assert _taken_elsewhere(block.port) == "NoFreePorts"
    port_block.give_back(block)
    assert _taken_elsewhere(block.port) == str(block.port)
    # It went with its process.
    monkeypatch.setattr(random, "randrange", lambda *_: block.port)
    port_block.give_back(port_block.take())


def _taken_elsewhere(first: int) -> str:
    program = (
        "import random; from localaws.sagemaker import port_block\n"
        f"random.randrange = lambda *_: {first}\n"
        "try:\n    print(port_block.take().port)\n"
        "except port_block.NoFreePorts as full:\n    print(type(full).__name__)"
    )
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_a_machine_without_ports_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_block, "_is_free", lambda port: False)
    with pytest.raises(port_block.NoFreePorts, match="no 11 free ports in a row"):
        port_block.take()
