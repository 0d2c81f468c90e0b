"""Clients that talk and measure how long the relay takes, and an echo that takes as long as the machine alone does."""

import socket
import subprocess
import sys
import time

from protocol.whole_session import negotiate, open_session
from support.signaling_peer import Refused

PING_SECONDS = 0.025
TALK_SECONDS = 3


def talk(peer, name, end, times, told):
    """Opens a session and talks until the end; of each text is told what became of it."""
    session, opened = open_session(peer, "did")
    negotiate(peer, session, opened, "a")
    number, next_talk = 0, 0.0
    while time.monotonic() < end:
        begun = time.monotonic()
        assert peer.ask("ping") == {}
        times.append(time.monotonic() - begun)
        if begun >= next_talk:
            next_talk = begun + TALK_SECONDS
            number += 1
            text = f"{name} says {number}"
            try:
                peer.ask("session.speak", session=session, text=text)
                told[text] = "accepted"
            except Refused as refused:
                told[text] = refused.kind
        time.sleep(PING_SECONDS)
    return session


ECHO = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    stream, _ = server.accept()
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while data := stream.recv(4096):
        stream.sendall(data)
"""


def listen_to_echo(end, times):
    """How long a program that does nothing else takes to answer: what is more than that is the relay's."""
    with subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE) as process:
        with socket.create_connection(("127.0.0.1", int(process.stdout.readline()))) as stream:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.monotonic() < end:
                begun = time.monotonic()
                stream.sendall(b"ping")
                assert stream.recv(4096) == b"ping"
                times.append(time.monotonic() - begun)
                time.sleep(PING_SECONDS)
