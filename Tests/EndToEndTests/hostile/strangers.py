"""Plays everything that strangers and one paying enemy may try, for a time; a program of its own, so that it slows nobody's clock.

`strangers.py <signaling URL> <seconds> <a good token>` prints one JSON object with what it did.
"""

import base64
import collections
import contextlib
import json
import os
import select
import socket
import struct
import sys
import threading
import time
import urllib.parse

from protocol.whole_session import CANDIDATES, init
from support.signaling_peer import answer_to

# Not the honest clients' address: connections are counted by it.
SOURCE = "127.0.0.2"
TEXT, CONTINUATION, CLOSE, PING = 1, 0, 8, 9
MASK = b"\x5a\xa5\x3c\xc3"
HELD_BODIES = 300
# It is unfinished bodies that are tried here, not how many requests a second a debug build can read.
BODY_PAUSE = 0.01
BODY_BYTES = 1024 * 1024


class Enemy:
    """What every role shares: where to go, until when, and what was done."""

    def __init__(self, url, seconds, token):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.path = parts.hostname, parts.port, parts.path
        self.end = time.monotonic() + seconds
        self.token = token
        self.counts = collections.Counter()
        self.lock = threading.Lock()

    def count(self, name, number=1):
        with self.lock:
            self.counts[name] += number

    @property
    def goes_on(self):
        return time.monotonic() < self.end

    def connect(self, receive_buffer=None):
        stream = socket.socket(socket.AF_INET)
        stream.settimeout(5)
        if receive_buffer:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        stream.bind((SOURCE, 0))
        stream.connect((self.host, self.port))
        return stream

    def web_socket(self, token=None, **options):
        """After the handshake; what was read beyond its answer is of no interest."""
        stream = self.connect(**options)
        protocols = "avatar-relay.v1" + (f", avatar-relay.token.{token}" if token else "")
        key = base64.b64encode(os.urandom(16)).decode()
        stream.sendall(
            f"GET {self.path} HTTP/1.1\r\nHost: {self.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {protocols}\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            part = stream.recv(4096)
            if not part:
                raise OSError("refused")
            head += part
        return stream

    def play(self, role):
        """Again and again: the relay's ending a connection is what is wanted of it."""
        while self.goes_on:
            with contextlib.suppress(OSError):
                role(self)


def frame(opcode, payload=b"", final=True):
    body = bytes(byte ^ MASK[index % 4] for index, byte in enumerate(payload))
    size = len(body)
    length = bytes([0x80 | size]) if size < 126 else bytes([0xFE]) + struct.pack(">H", size) if size < 65536 else bytes([0xFF]) + struct.pack(">Q", size)
    return bytes([(0x80 if final else 0) | opcode]) + length + MASK + body


PINGS = frame(PING, b"x" * 100) * 500
EMPTY_PARTS = frame(CONTINUATION, final=False) * 500
LARGE = frame(TEXT, b" " * 200_000)


def pings(enemy):
    """As many as go through, by somebody without a token and by somebody with one."""
    for token in (None, enemy.token):
        with contextlib.suppress(OSError), enemy.web_socket(token) as stream:
            while enemy.goes_on:
                stream.sendall(PINGS)
                enemy.count("controlFrames", 500)


def unread_pongs(enemy):
    """Few enough to be answered, for as long as the relay likes; nothing is read."""
    with enemy.web_socket(enemy.token, receive_buffer=4096) as stream:
        while enemy.goes_on:
            stream.sendall(frame(PING, b"x" * 125) * 9)
            enemy.count("controlFrames", 9)
            time.sleep(0.1)


def parts_of_a_message(enemy):
    with enemy.web_socket(enemy.token) as stream:
        stream.sendall(frame(TEXT, final=False))
        while enemy.goes_on:
            stream.sendall(EMPTY_PARTS)
            enemy.count("controlFrames", 500)


def bodies(enemy):
    """Many at a time that say that they have a body and send half of it."""
    held = []
    try:
        while enemy.goes_on:
            if len(held) < HELD_BODIES:
                path = ("/v1/validate", "/", "/console/", "/healthz", "/nowhere", enemy.path)[len(held) % 6]
                stream = enemy.connect()
                held.append(stream)
                stream.sendall(
                    f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {BODY_BYTES}\r\n\r\n".encode() + bytes(BODY_BYTES // 32))
                stream.setblocking(False)
                enemy.count("bodies")
                time.sleep(BODY_PAUSE)
                continue
            readable, _, _ = select.select(held, [], [], 0.05)
            for stream in readable:
                held.remove(stream)
                stream.close()
    finally:
        for stream in held:
            stream.close()


def wrong_tokens(enemy):
    # It is judged before the handshake is answered.
    with enemy.web_socket("nonsense"):
        enemy.count("wrongTokens")


def huge_messages(enemy):
    """Too large for a stranger, too large for anybody, and larger than any memory."""
    for token, payload in ((None, LARGE), (enemy.token, LARGE * 3), (enemy.token, b"\x81\xff" + b"\x7f" + b"\xff" * 7 + MASK)):
        with contextlib.suppress(OSError), enemy.web_socket(token) as stream:
            stream.sendall(payload)
            enemy.count("hugeMessages")
            stream.recv(4096)


def opens(enemy):
    """Sessions as fast as they are given, long texts in each, and no goodbye."""
    with enemy.web_socket(enemy.token) as stream:
        reader = stream.makefile("rb")
        # Five at a time; what is said in one is said as soon as it was opened.
        for number in range(1, 6):
            stream.sendall(request(number, "session.open", provider="heygen"))
        enemy.count("opens", 5)
        last, unanswered, answered_by = 5, 5, {}
        while unanswered and (message := read_message(reader)) is not None:
            if "id" not in message:
                continue
            unanswered -= 1
            opened = message.get("result", {})
            if "session" in opened:
                enemy.count("opensLetThrough")
                session = opened["session"]
                answer = {"type": "answer", "sdp": answer_to(opened["offer"]["sdp"])}
                calls = [("session.candidate", {"candidate": candidate}) for candidate in (init(CANDIDATES[0], "0"), None)]
                calls += [("session.answer", {"answer": answer})]
                answered_by[last + len(calls)] = session
            elif "result" in message and message["id"] in answered_by:
                session = answered_by[message["id"]]
                calls = [("session.speak", {"text": "many words " * 90})] * 20
                enemy.count("characters", 20 * 990)
            else:
                continue
            for method, params in calls:
                last += 1
                unanswered += 1
                stream.sendall(request(last, method, session=session, **params))


def request(number, method, **params):
    return frame(TEXT, json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode())


def read_message(reader):
    """The next text; nil at the end."""
    while len(head := reader.read(2)) == 2:
        length = head[1] & 0x7F
        if length > 125:
            length = struct.unpack(">H" if length == 126 else ">Q", reader.read(2 if length == 126 else 8))[0]
        payload = reader.read(length)
        if head[0] & 0x0F == TEXT:
            return json.loads(payload)
        if head[0] & 0x0F == CLOSE:
            return None
    return None


ROLES = [pings, *[unread_pongs] * 8, parts_of_a_message, bodies, wrong_tokens, huge_messages, opens]


def main():
    enemy = Enemy(sys.argv[1], float(sys.argv[2]), sys.argv[3])
    threads = [threading.Thread(target=enemy.play, args=[role]) for role in ROLES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(enemy.counts))


if __name__ == "__main__":
    main()
