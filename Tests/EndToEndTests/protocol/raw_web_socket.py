"""A WebSocket that does nothing by itself: it answers no ping, reads nothing unasked, and may break the rules."""

import base64
import os
import socket
import struct
import urllib.parse

from support.waiting import PATIENCE


class RawWebSocket:
    """Frames as they are (RFC 6455, section 5.2); messages of this size are never fragmented."""

    def __init__(self, url, protocols="avatar-relay.v1", receive_buffer=None):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.socket(socket.AF_INET)
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect((parts.hostname, parts.port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {protocols}\r\n\r\n".encode())
        self.stream = self.socket.makefile("rb")
        assert b" 101 " in self.stream.readline()
        while self.stream.readline().strip():
            pass

    def frame(self, opcode, payload, masked=True):
        assert len(payload) < 126
        mask = b"\x5a\xa5\x3c\xc3"
        body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload)) if masked else payload
        return bytes([0x80 | opcode, len(payload) | (0x80 if masked else 0)]) + (mask if masked else b"") + body

    def send(self, opcode, payload, masked=True):
        self.socket.sendall(self.frame(opcode, payload, masked))

    def frames(self):
        """Opcodes and payloads, until the server ends the connection."""
        while len(head := self.stream.read(2)) == 2:
            length = head[1] & 0x7F
            if length > 125:
                length = struct.unpack(">H" if length == 126 else ">Q", self.stream.read(2 if length == 126 else 8))[0]
            yield head[0] & 0x0F, self.stream.read(length)

    def close_frame(self):
        """Reads up to the close frame; returns its code, and the opcodes before it."""
        opcodes = []
        for opcode, payload in self.frames():
            if opcode == 8:
                return struct.unpack(">H", payload[:2])[0], opcodes
            opcodes.append(opcode)
        return None, opcodes

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()
