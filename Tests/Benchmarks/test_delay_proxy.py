"""The far network of the benchmark is as far as it says, keeps order, and passes on how a connection ends."""

import os
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "Benchmarks/c"
ONE_WAY = 0.03
# In seconds: what has to come is waited for so long.
PATIENCE = 60


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    program = tmp_path_factory.mktemp("programs") / "delay-proxy"
    subprocess.run(["clang", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, SOURCES / "delay-proxy.c"], check=True)
    return program


class Far(NamedTuple):
    """The client's socket, what the server accepted behind the network, and when they began to be connected."""

    client: socket.socket
    server: socket.socket
    began: float


@pytest.fixture
def far(program, tmp_path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "server"))
    listener.listen()
    command = [program, tmp_path / "server", str(ONE_WAY * 1000)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as network:
        port = int(network.stdout.readline().removeprefix("port "))
        began = time.monotonic()
        client = socket.create_connection(("127.0.0.1", port))
        server = listener.accept()[0]
        client.settimeout(PATIENCE)
        server.settimeout(PATIENCE)
        yield Far(client, server, began)
        client.close()
        server.close()
        network.terminate()
    listener.close()


def test_a_new_connection_costs_a_round_trip_before_its_first_byte(far):
    client, server, began = far
    client.sendall(b"hello")
    assert server.recv(5) == b"hello"
    assert 2.9 * ONE_WAY < time.monotonic() - began
    began = time.monotonic()
    server.sendall(b"world")
    assert client.recv(5) == b"world"
    assert time.monotonic() - began >= ONE_WAY


def test_a_later_byte_is_there_after_one_way(far):
    client, server, _ = far
    client.sendall(b"a")
    server.recv(1)
    fastest, deadline = PATIENCE, time.monotonic() + PATIENCE
    # The bound tells it from the first byte's three ways; on a busy machine a few bytes take longer.
    while fastest >= 2 * ONE_WAY and time.monotonic() < deadline:
        began = time.monotonic()
        client.sendall(b"b")
        server.recv(1)
        fastest = min(fastest, time.monotonic() - began)
    assert ONE_WAY <= fastest < 2 * ONE_WAY


def test_bytes_keep_their_order_and_the_end_comes_last(far):
    client, server, _ = far
    sent = os.urandom(20 << 20)
    writer = threading.Thread(target=lambda: (client.sendall(sent), client.shutdown(socket.SHUT_WR)))
    writer.start()
    received = bytearray()
    while chunk := server.recv(1 << 20):
        received += chunk
    writer.join()
    assert received == sent
    # Half of the connection ended; the other half lives.
    server.sendall(b"still here")
    assert client.recv(20) == b"still here"
    server.close()
    assert client.recv(1) == b""


def test_a_reset_is_passed_on_late(far):
    client, server, _ = far
    client.sendall(b"a")
    server.recv(1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    began = time.monotonic()
    client.close()
    try:
        ended = server.recv(1)
    except ConnectionResetError:
        ended = b""
    assert ended == b""
    assert time.monotonic() - began >= ONE_WAY
