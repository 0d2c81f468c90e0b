"""Opens, negotiates and closes sessions as docs/protocol.md says, and tells what was notified of them."""

from support.signaling_peer import answer_to

CANDIDATES = [
    "candidate:1467250027 1 udp 2122260223 192.0.2.44 46243 typ host generation 0 ufrag eEpP network-id 1",
    "candidate:2896278100 1 udp 1686052607 198.51.100.23 46243 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag eEpP",
]


def open_session(peer, provider, **params):
    opened = peer.ask("session.open", provider=provider, **params)
    session = opened["session"]
    assert len(session) == 22 and len(opened["secret"]) >= 22
    assert opened["provider"] == provider and opened["offer"]["type"] == "offer"
    assert all(isinstance(server["urls"], list) for server in opened["iceServers"])
    assert peer.wait_for("session.state", session=session)["state"] == "offered"
    return session, opened


def negotiate(peer, session, opened, mid):
    """Everything at once, as the protocol allows; the answers come when the provider took each."""
    answer = {"type": "answer", "sdp": answer_to(opened["offer"]["sdp"])}
    asked = [peer.send("session.candidate", session=session, candidate=init(CANDIDATES[0], mid))]
    asked += [peer.send("session.answer", session=session, answer=answer)]
    asked += [peer.send("session.candidate", session=session, candidate=init(CANDIDATES[1], mid))]
    asked += [peer.send("session.candidate", session=session, candidate=None)]
    for id in asked:
        result = peer.result(id)
        # Only the answer says how long the provider took.
        assert result.keys() == ({"providerMs"} if id == asked[1] else set())
    peer.wait_for("session.state", session=session, state="connecting")


def init(candidate, mid):
    return {"candidate": candidate, "sdpMid": mid, "sdpMLineIndex": 0, "usernameFragment": "eEpP"}


def states(peer, session):
    told = peer.told(session)
    return [message["params"]["state"] for message in told if message["method"] == "session.state"]


def phases(peer, talk):
    talks = [message["params"] for message in peer.notifications if message["method"] == "session.talk"]
    return [(told["phase"], told.get("estimated")) for told in talks if told["talk"] == talk]


def close(peer, session):
    assert peer.ask("session.close", session=session) == {}
    ended = peer.wait_for("session.closed", session=session)
    assert (ended["reason"], ended["action"]) == ("client", "stop")
    assert peer.told(session)[-1]["method"] == "session.closed"
