"""Ports for containers."""

import socket

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


def test_a_machine_without_ports_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_block, "_is_free", lambda port: False)
    with pytest.raises(port_block.NoFreePorts, match="no 11 free ports in a row"):
        port_block.take()
