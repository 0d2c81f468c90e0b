"""Whoever finds the mock's UDP port: strangers, wrong credentials, garbage, and browsers that come and go."""

import asyncio
import hashlib
import hmac
import os
import random
import re
import socket
import struct
import zlib

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from media_client import on_its_own_loop, send, watching
from support.waiting import until

MAGIC = 0x2112A442
SENTENCE = "Still here, and well."


def counters(mock):
    return mock.get("media")["counters"]


def grown(mock, before, name, by, what):
    return until(lambda: counters(mock)[name] - before[name], lambda count: count >= by, what)


def did_stream(mock):
    base = f"{mock.api}/talks/streams"
    return base, send(base, {"source_url": "https://example.com/a.jpg"})


def where(offer):
    """The address on loopback where media is offered, and the credentials."""
    [port] = {match for match in re.findall(r"a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+)", offer, re.IGNORECASE)}
    return ("127.0.0.1", int(port)), re.search(r"a=ice-ufrag:(\S+)", offer)[1], re.search(r"a=ice-pwd:(\S+)", offer)[1]


def check(username, password):
    """A connectivity check (RFC 8445, section 7.2.2) as an honest or a lying agent sends it."""
    def attribute(kind, value):
        return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)

    body = attribute(0x0006, username.encode()) + attribute(0x0024, struct.pack("!I", 1)) + attribute(0x802A, bytes(8))
    transaction = os.urandom(12)
    head = struct.pack("!HHI", 1, len(body) + 24, MAGIC) + transaction
    body += attribute(0x0008, hmac.new(password.encode(), head + body, hashlib.sha1).digest())
    head = struct.pack("!HHI", 1, len(body) + 8, MAGIC) + transaction
    return head + body + attribute(0x8028, struct.pack("!I", zlib.crc32(head + body) ^ 0x5354554E))


@pytest.fixture
def stranger():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.settimeout(0.3)
        yield stranger


def assert_unanswered(stranger):
    with pytest.raises(TimeoutError):
        stranger.recv(2048)


def assert_alive(mock):
    """Another viewer is served as ever."""
    async def scenario(viewer):
        await (await viewer.did()).connected()
        await viewer.speak(SENTENCE)
        await viewer.until(lambda: viewer.messages == ["stream/started", "stream/done"])

    watching(mock, scenario)


def test_checks_of_strangers_are_not_answered(live_mock, stranger):
    async def scenario(viewer):
        await (await viewer.did()).connected()
        address, ufrag, password = where(viewer.peer.remoteDescription.sdp)
        before = counters(live_mock)
        stranger.sendto(check("nobody:abcd", password), address)
        stranger.sendto(check(f"{ufrag}:abcd", password), address)
        grown(live_mock, before, "unknownUsername", 2, "a username of nobody, and half of one")
        browser = re.search(r"a=ice-ufrag:(\S+)", viewer.peer.localDescription.sdp)[1]
        stranger.sendto(check(f"{ufrag}:{browser}", "not-the-password-of-anybody"), address)
        grown(live_mock, before, "wrongIntegrity", 1, "a wrong password")
        assert_unanswered(stranger)
        await viewer.speak(SENTENCE)
        await viewer.until(lambda: viewer.messages == ["stream/started", "stream/done"])

    watching(live_mock, scenario)


def test_nothing_is_answered_before_the_answer_was_posted(live_mock, stranger):
    base, created = did_stream(live_mock)
    address, ufrag, password = where(created["offer"]["sdp"])
    before = counters(live_mock)
    stranger.sendto(check(f"{ufrag}:abcd", password), address)
    grown(live_mock, before, "unansweredChecks", 1, "a check before the answer")
    assert_unanswered(stranger)
    send(f"{base}/{created['id']}", {"session_id": created["session_id"]}, "DELETE")


def test_the_dead_do_not_answer(live_mock, stranger):
    base, created = did_stream(live_mock)
    address, ufrag, password = where(created["offer"]["sdp"])
    send(f"{base}/{created['id']}", {"session_id": created["session_id"]}, "DELETE")
    before = counters(live_mock)
    stranger.sendto(check(f"{ufrag}:abcd", password), address)
    grown(live_mock, before, "unknownUsername", 1, "the session is gone")
    assert_unanswered(stranger)


def test_garbage_is_counted_and_harms_nobody(live_mock, stranger):
    base, created = did_stream(live_mock)
    address, ufrag, password = where(created["offer"]["sdp"])
    before = counters(live_mock)
    bits = random.Random(7)
    good = check(f"{ufrag}:abcd", password)
    sizes = (0, 1, 3, 12, 20, 200, 1200)
    datagrams = [bytes([first]) + bits.randbytes(size) for first in range(256) for size in sizes]
    datagrams += [good[:end] for end in range(len(good))]
    datagrams += [good[:at] + bytes([good[at] ^ 1 << bits.randrange(8)]) + good[at + 1 :] for at in range(len(good))]
    # The socket's buffer takes about two hundred at once; who answers in between has read some of them.
    for first in range(0, len(datagrams), 50):
        for datagram in datagrams[first : first + 50]:
            stranger.sendto(datagram, address)
        counters(live_mock)
    grown(live_mock, before, "garbage", len(datagrams) // 8, "garbage")
    grown(live_mock, before, "unknownAddress", len(datagrams) // 32, "what only a known peer may send")
    assert_unanswered(stranger)
    send(f"{base}/{created['id']}", {"session_id": created["session_id"]}, "DELETE")
    assert_alive(live_mock)


def test_garbage_in_the_middle_of_a_talk(live_mock, stranger):
    """From a stranger's address, at a port where somebody else is being served."""
    async def scenario(viewer):
        await (await viewer.did()).connected()
        address, *_ = where(viewer.peer.remoteDescription.sdp)
        await viewer.speak("This goes on for a little while, whatever else happens to the port.")
        await viewer.until(lambda: viewer.frames["video"] > 5)
        bits = random.Random(11)
        for _ in range(500):
            stranger.sendto(bits.randbytes(bits.randrange(1, 1400)), address)
        await viewer.until(lambda: viewer.messages == ["stream/started", "stream/done"])

    watching(live_mock, scenario)


@pytest.mark.parametrize("vendor", ["did", "heygen"])
def test_an_answer_with_another_fingerprint_is_never_served(live_mock, vendor):
    before = counters(live_mock)

    async def scenario(viewer):
        answer = viewer._answer

        async def forged(offer):
            honest = await answer(offer)
            forge = lambda found: f"{found[1]}{int(found[2], 16) ^ 0xFF:02X}"  # noqa: E731
            return {**honest, "sdp": re.sub(r"(a=fingerprint:\S+ )(..)", forge, honest["sdp"])}

        viewer._answer = forged
        await getattr(viewer, vendor)()
        state = await viewer.media(lambda media: media["state"] == "failed")
        assert state["failure"] and state["video"]["packets"] == state["audio"]["packets"] == 0

    watching(live_mock, scenario)
    assert counters(live_mock)["fingerprintMismatches"] == before["fingerprintMismatches"] + 1
    assert_alive(live_mock)


def test_twenty_sessions_come_and_vanish(live_mock):
    """Half of them after the handshake, half of them in the middle of it; nothing of them stays."""
    before = counters(live_mock)

    async def come_and_go(number, base):
        created = send(base, {"source_url": "https://example.com/a.jpg", "stream_warmup": True})
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer.createDataChannel("JanusDataChannel")
        await peer.setRemoteDescription(RTCSessionDescription(created["offer"]["sdp"], "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        session = {"session_id": created["session_id"]}
        answer = {"type": "answer", "sdp": peer.localDescription.sdp}
        send(f"{base}/{created['id']}/sdp", {"answer": answer, **session})
        if number % 2:
            while peer.connectionState != "connected":
                changed = next_change(peer)
                if peer.connectionState != "connected":
                    await changed.wait()
        await peer.close()
        send(f"{base}/{created['id']}", session, "DELETE")

    async def all_of_them():
        base = f"{live_mock.api}/talks/streams"
        for number in range(20):
            await come_and_go(number, base)

    on_its_own_loop(all_of_them)
    after = counters(live_mock)
    opened = after["openedPeers"] - before["openedPeers"]
    assert opened == 20
    closed = lambda: counters(live_mock)["closedPeers"] - before["closedPeers"]  # noqa: E731
    until(closed, lambda count: count == opened, "all are closed")
    assert live_mock.open_sessions() == 0
    assert_alive(live_mock)


def next_change(peer):
    """Set when the state of the connection changes next."""
    changed = asyncio.Event()
    peer.once("connectionstatechange", changed.set)
    return changed
