"""Breaks the rules of WebSocket and HTTP/1.1 one by one, and counts how a server takes it.

Usage: violations.py PORT [PATH SUB-PROTOCOL] [-v].

A violation is taken rightly when it is answered: with a close frame that has one of the codes below, behind which nothing comes;
where the connection is still HTTP, with a status of 4xx or 5xx that is not the one that a proper request gets.
"""

import collections
import socket
import struct
import sys

VERBOSE = "-v" in sys.argv
ARGUMENTS = [argument for argument in sys.argv[1:] if argument != "-v"]
PORT, PATH, PROTOCOL = int(ARGUMENTS[0]), *(ARGUMENTS[1:] or ("/", "test.v1"))
SECONDS = 3
MASK = b"\x11\x22\x33\x44"
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
HOST = b"Host: localhost\r\n"


def frame(opcode, payload=b"", final=True, reserved=0, masked=True, form=0):
    """A frame; `form` 126 or 127 writes the length in two or eight bytes whatever it is."""
    length = len(payload)
    form = max(form, 127 if length > 65535 else 126 if length > 125 else 0)
    size = bytes([form or length])
    if form:
        size += struct.pack(">H" if form == 126 else ">Q", length)
    if masked:
        size = bytes([size[0] | 0x80]) + size[1:] + MASK
        payload = bytes(byte ^ MASK[index % 4] for index, byte in enumerate(payload))
    return bytes([(0x80 if final else 0) | reserved << 4 | opcode]) + size + payload


def handshake(line=None, **changes):
    fields = {"Host": "localhost", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
              "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": PROTOCOL}
    fields |= {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([line or f"GET {PATH} HTTP/1.1", *lines, "", ""]).encode()


class Connection:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT))
        self.socket.settimeout(SECONDS)
        self.buffer = b""

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def fill(self):
        """Reads more; "end" or "silence" where nothing comes."""
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            return "silence"
        except OSError:
            return "end"
        self.buffer += data
        return None if data else "end"

    def status(self):
        while b"\r\n" not in self.buffer:
            if why := self.fill():
                return why
        words = self.buffer.split(b" ", 2)
        return int(words[1]) if len(words) > 1 and words[1].isdigit() else "nonsense"

    def frame(self):
        """The next frame's opcode and payload; or "end" or "silence"."""
        while True:
            if len(self.buffer) >= 2:
                length, start = self.buffer[1] & 127, 2
                if length > 125:
                    start = 4 if length == 126 else 10
                    length = int.from_bytes(self.buffer[2:start], "big")
                if len(self.buffer) >= start + length:
                    found = self.buffer[0] & 15, self.buffer[start:start + length]
                    self.buffer = self.buffer[start + length:]
                    return found
            if why := self.fill():
                return why

    def upgrade(self):
        self.send(handshake())
        assert self.status() == 101
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        self.buffer = self.buffer.split(b"\r\n\r\n", 1)[1]
        return self


def take_frames(data, codes, answers):
    """How a server takes frames that break a rule: a ping follows them in a packet of its own."""
    connection = Connection().upgrade()
    connection.send(data)
    connection.send(frame(PING, b"probe"))
    came = connection.frame()
    if answers and not isinstance(came, str) and came[0] == TEXT:
        came = connection.frame()
    if came in ("end", "silence"):
        return "dropped" if came == "end" else "taken"
    opcode, payload = came
    if opcode != CLOSE:
        return "taken"
    code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else None
    if code not in codes:
        return f"closed with {code}"
    connection.send(frame(PING, b"late") + frame(TEXT, b"late"))
    connection.send(frame(CLOSE, payload[:2]))
    return "right" if connection.frame() in ("end", "silence") else "frames follow the close"


def status_of(data):
    connection = Connection()
    connection.send(data)
    return connection.status()


def take_request(data, proper):
    """How a server takes a request that breaks a rule; a proper one gets this status."""
    status = status_of(data)
    if status in ("end", "silence"):
        return "dropped" if status == "end" else "no answer"
    return "right" if status != "nonsense" and 400 <= status <= 599 and status != proper else f"taken: {status}"


def frame_violations():
    rule, utf8 = {1002}, {1007}
    for name, opcode, payload in [("text", TEXT, b"hi"), ("empty text", TEXT, b""), ("binary", BINARY, b"hi"), ("ping", PING, b"x"),
                                  ("pong", 10, b"x"), ("close", CLOSE, struct.pack(">H", 1000)), ("long text", TEXT, b"x" * 200)]:
        yield "unmasked", name, frame(opcode, payload, masked=False), rule
    for bits in range(1, 8):
        for opcode in (TEXT, BINARY, CLOSE, PING):
            yield "reserved bits", f"{bits} on {opcode}", frame(opcode, b"\x03\xe8", reserved=bits), rule
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        for payload in (b"", b"a"):
            yield "reserved opcodes", f"{opcode}, {len(payload)} bytes", frame(opcode, payload), rule
    for opcode in (CLOSE, PING, 10):
        yield "control frames", f"{opcode} in fragments", frame(opcode, b"\x03\xe8", final=False), rule
        yield "control frames", f"{opcode} of 126 bytes", frame(opcode, b"\x03\xe8" + b"x" * 124), rule
        yield "control frames", f"{opcode} of 65536 bytes", frame(opcode, b"\x03\xe8" + b"x" * 65534), rule
    start = frame(TEXT, b"a", final=False)
    for name, data in [("continuation of nothing", frame(0, b"a")), ("first part of nothing", frame(0, b"a", final=False)),
                       ("text in a message", start + frame(TEXT, b"b")), ("binary in a message", start + frame(BINARY, b"b")),
                       ("a message in a message", start + frame(TEXT, b"b", final=False)),
                       ("continuation behind a message", start + frame(0, b"b") + frame(0, b"c"))]:
        yield "fragments", name, data, rule | {1003} if "binary" in name else rule
    for form, lengths in ((126, (0, 1, 125)), (127, (0, 1, 125, 126, 65535))):
        for length in lengths:
            yield "long lengths", f"{length} as {form}", frame(TEXT, b"x" * length, form=form), rule
    yield "long lengths", "2 to the 63rd", b"\x81\xff\x80\0\0\0\0\0\0\0" + MASK, rule | {1009}
    for code in (0, 1, 500, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 9999, 65535):
        yield "close codes", str(code), frame(CLOSE, struct.pack(">H", code)), rule
    yield "close codes", "one byte", frame(CLOSE, b"\x03"), rule
    for name, reason in [("ff", b"\xff"), ("cut off", b"a\xc3"), ("surrogate", b"\xed\xa0\x80")]:
        yield "close codes", f"reason {name}", frame(CLOSE, b"\x03\xe8" + reason), rule | utf8
    for bad in (b"\xff", b"\xfe", b"\x80", b"\xbf", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\xaf", b"\xe0\x9f\xbf", b"\xf0\x80\x80\xaf",
                b"\xf0\x8f\xbf\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\x80\xed\xb0\x80", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80",
                b"\xf8\x88\x80\x80\x80", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80edited"):
        yield "text that is not UTF-8", bad.hex(), frame(TEXT, bad), utf8
        yield "text that is not UTF-8", f"{bad.hex()} in fragments", frame(TEXT, bad[:1], final=False) + frame(0, bad[1:]), utf8


def request_violations():
    H = HOST
    for name, data in [
        ("nonsense", b"\0\1\2\r\n\r\n"), ("GET alone", b"GET\r\n\r\n"), ("no version", b"GET /\r\n\r\n"), ("more words", b"GET / HTTP/1.1 x\r\n" + H + b"\r\n"),
        ("two spaces", b"GET  / HTTP/1.1\r\n" + H + b"\r\n"), ("leading space", b" GET / HTTP/1.1\r\n" + H + b"\r\n"),
        ("http/1.1", b"GET / http/1.1\r\n" + H + b"\r\n"), ("HTTP/11", b"GET / HTTP/11\r\n" + H + b"\r\n"), ("no slash", b"GET x HTTP/1.1\r\n" + H + b"\r\n"),
        ("fragment", b"GET /a#b HTTP/1.1\r\n" + H + b"\r\n"), ("byte e9", b"GET /\xe9 HTTP/1.1\r\n" + H + b"\r\n"), ("tab", b"GET /\t HTTP/1.1\r\n" + H + b"\r\n"),
        ("bad method", b"G(T / HTTP/1.1\r\n" + H + b"\r\n"), ("CONNECT", b"CONNECT x:1 HTTP/1.1\r\n" + H + b"\r\n"), ("TRACE", b"TRACE / HTTP/1.1\r\n" + H + b"\r\n"),
        ("HTTP/2.0", b"GET / HTTP/2.0\r\n" + H + b"\r\n"), ("HTTP/1.2", b"GET / HTTP/1.2\r\n" + H + b"\r\n"), ("17 kB of target", b"GET /" + b"a" * 17000 + b" HTTP/1.1\r\n" + H + b"\r\n"),
    ]:
        yield "request line", name, data
    for name, fields in [
        ("no host", b""), ("two hosts", H + H), ("host a/b", b"Host: a/b\r\n"), ("host a b", b"Host: a b\r\n"), ("no colon", H + b"no colon\r\n"), ("no name", H + b": empty\r\n"),
        ("space before the colon", H + b"A : b\r\n"), ("folded first", H + b" folded: b\r\n"), ("folded", H + b"A: b\r\n c\r\n"), ("NUL", H + b"A: b\0c\r\n"),
        ("bare CR", H + b"A: b\rc\r\n"), ("DEL", H + b"A: b\x7f\r\n"), ("17 kB", H + b"A: " + b"b" * 17000 + b"\r\n"), ("LF alone", b"Host: localhost\n"),
    ]:
        yield "fields", name, b"GET / HTTP/1.1\r\n" + fields + b"\r\n"
    yield "fields", "LF everywhere", b"GET / HTTP/1.1\nHost: localhost\n\n"
    chunked = b"Transfer-Encoding: chunked\r\n"
    for name, fields, body in [
        ("-1", b"Content-Length: -1\r\n", b""), ("+1", b"Content-Length: +1\r\n", b"a"), ("1x", b"Content-Length: 1x\r\n", b"a"), ("1, 1", b"Content-Length: 1, 1\r\n", b"a"),
        ("empty length", b"Content-Length:\r\n", b""), ("two lengths", b"Content-Length: 1\r\nContent-Length: 1\r\n", b"a"), ("two different", b"Content-Length: 1\r\nContent-Length: 2\r\n", b"ab"),
        ("length and chunks", b"Content-Length: 1\r\n" + chunked, b"0\r\n\r\n"), ("chunked twice", chunked + chunked, b"0\r\n\r\n"), ("gzip", b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
        ("identity", b"Transfer-Encoding: identity\r\n", b""), ("huge length", b"Content-Length: 99999999999999999999\r\n", b""), ("chunk -1", chunked, b"-1\r\n"), ("chunk 0x1", chunked, b"0x1\r\na\r\n"),
        ("no size", chunked, b"\r\n"), ("too much in a chunk", chunked, b"1\r\nab\r\n"), ("chunk and LF", chunked, b"1\na\r\n"), ("huge chunk", chunked, b"ffffffffffffffffff\r\n"),
    ]:
        yield "bodies", name, b"POST / HTTP/1.1\r\n" + H + fields + b"\r\n" + body
    yield "bodies", "chunks in HTTP/1.0", b"POST / HTTP/1.0\r\n" + chunked + b"\r\n0\r\n\r\n"
    for method in ("POST", "PUT", "DELETE", "HEAD"):
        yield "handshakes", method, handshake(f"{method} {PATH} HTTP/1.1")
    for version in ("1.0", "2.0"):
        yield "handshakes", f"HTTP/{version}", handshake(f"GET {PATH} HTTP/{version}")
    for version in (None, "", "0", "7", "8", "12", "14", "13, 8", "abc"):
        yield "handshakes", f"version {version}", handshake(Sec_WebSocket_Version=version)
    for key in (None, "", "short", "dGhlIHNhbXBsZSBub25jZQ", "!!!!IHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZSBhbmQgbW9yZQ=="):
        yield "handshakes", f"key {key}", handshake(Sec_WebSocket_Key=key)
    for protocol in ("other", "", ",", f"{PROTOCOL}x", None):
        yield "handshakes", f"sub-protocol {protocol}", handshake(Sec_WebSocket_Protocol=protocol)
    yield "handshakes", "no host", handshake(Host=None)


def behaviour():
    """What is no violation, but has to work."""
    connection = Connection().upgrade()
    connection.send(b"".join(frame(PING, bytes([number])) for number in range(10)))
    pongs = 0
    while not isinstance(connection.frame(), str):
        pongs += 1
    yield f"of ten pings in one packet {pongs} are answered"
    chunks = b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    connection = Connection()
    connection.send(b"POST / HTTP/1.1\r\n" + HOST + chunks)
    first = connection.status()
    connection.buffer = b""
    connection.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    yield f"a body in chunks is answered with {first}, and the next request on its connection with {connection.status()}"


def main():
    results = collections.defaultdict(collections.Counter)
    for kind, name, data, codes in frame_violations():
        # The one violation behind a whole message, which may be answered.
        result = take_frames(data, codes, answers=name == "continuation behind a message")
        results[kind][result] += 1
        if VERBOSE:
            print(kind, name, result, sep=": ", flush=True)
    # 404 or 405 where the server knows no such page.
    get = status_of(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    post = status_of(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n\r\na")
    for kind, name, data in request_violations():
        result = take_request(data, post if kind == "bodies" else get)
        results[kind][result] += 1
        if VERBOSE:
            print(kind, name, result, sep=": ", flush=True)
    for kind, counts in results.items():
        wrong = ", ".join(f"{count} {result}" for result, count in counts.items() if result != "right")
        print(f"{kind}: {counts['right']} of {counts.total()} right" + (f" ({wrong})" if wrong else ""))
    print(f"all: {sum(counts['right'] for counts in results.values())} of {sum(counts.total() for counts in results.values())} right")
    for line in behaviour():
        print(line)


main()
