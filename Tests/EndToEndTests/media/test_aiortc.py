"""A WebRTC stack that is no browser's: aiortc takes every offer of the mock, and the mock takes its answer."""

import asyncio
import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from support.waiting import PATIENCE

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def post(url, body, method="POST"):
    request = urllib.request.Request(url, method=method, data=json.dumps(body).encode())
    for name, value in {"Content-Type": "application/json", "Authorization": "Basic k", "X-Api-Key": "k"}.items():
        request.add_header(name, value)
    try:
        with OPENER.open(request, timeout=PATIENCE) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{url}: {error.status} {error.read().decode()}") from None


def answer_to(offer, channel=None):
    """On a thread of its own, since the browser's driver has a loop on this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(negotiate(offer, channel))).result(PATIENCE)


async def negotiate(offer, channel):
    """What aiortc answers; with the kinds of media that it will receive."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        if channel:
            peer.createDataChannel(channel)
        await peer.setRemoteDescription(RTCSessionDescription(offer["sdp"], offer["type"]))
        await peer.setLocalDescription(await peer.createAnswer())
        answer = peer.localDescription
        kinds = [transceiver.kind for transceiver in peer.getTransceivers()]
        return {"type": answer.type, "sdp": answer.sdp}, kinds
    finally:
        await peer.close()


@pytest.mark.parametrize("compatibility", ["on", "off", "auto"])
@pytest.mark.parametrize("prefix, avatar", [
    ("talks", {"source_url": "https://example.com/a.jpg"}), ("clips", {"presenter_id": "p"}), ("agents/agt_1", {}),
])
def test_did(relay, mock, prefix, avatar, compatibility):
    base = f"{relay.mock}/{prefix}/streams"
    created = post(base, {**avatar, "compatibility_mode": compatibility})
    answer, kinds = answer_to(created["offer"], "JanusDataChannel")
    assert kinds == ["audio", "video"]
    assert answer["sdp"].count("\r\nm=") == 3 and "m=video 0 " not in answer["sdp"], "no section is refused"
    stream, session = f"{base}/{created['id']}", {"session_id": created["session_id"]}
    post(f"{stream}/sdp", {"answer": answer, **session})
    post(f"{stream}/ice", session)
    assert post(stream, {"script": {"type": "text", "input": "Hello"}, **session})["status"] == "started"
    post(stream, session, "DELETE")


@pytest.mark.parametrize("encoding", ["VP8", "H264"])
def test_heygen(relay, mock, encoding):
    base = f"{relay.mock}/v1/streaming."
    created = post(f"{base}new", {"quality": "low", "video_encoding": encoding})["data"]
    answer, kinds = answer_to(created["sdp"])
    assert kinds == ["video", "audio"]
    assert answer["sdp"].count("\r\nm=") == 3 and "m=video 0 " not in answer["sdp"], "no section is refused"
    session = {"session_id": created["session_id"]}
    post(f"{base}start", {"sdp": answer, **session})
    candidate = {"candidate": "candidate:1 1 udp 2122260223 127.0.0.1 50000 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
    post(f"{base}ice", {"candidate": candidate, **session})
    assert post(f"{base}task", {"text": "Hello", **session})["data"]["task_id"]
    post(f"{base}stop", session)
