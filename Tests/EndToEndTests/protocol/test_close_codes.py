"""Every close code of docs/protocol.md, as the real program sends it."""

import contextlib
import re

import pytest
from raw_web_socket import RawWebSocket
from support.relay_program import ROOT, DevRelay, RunningRelay
from support.signaling_peer import signaling_peer
from support.waiting import until

PROTOCOL = ROOT / "docs/protocol.md"
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
JSON_PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
NO_SESSION = b'{"jsonrpc":"2.0","id":1,"method":"session.close","params":{"session":"s"}}'


def documented():
    """The codes in the table of the ends of a connection."""
    return [int(code) for code in re.findall(r"^\| (\d{4}) \| (?:resume|reconnect|stop) \|", PROTOCOL.read_text(), re.M)]


@pytest.fixture(scope="module")
def plain():
    """Takes as many messages as come, and holds few answers."""
    with DevRelay("--media", "none", "--limits-queued-bytes", "65536", "--limits-messages-per-second", "0") as relay:
        yield relay


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """Asks for tokens, and for patience."""
    file = tmp_path_factory.mktemp("keys") / "key"
    file.write_text("canary-key-of-tokens-of-sufficient-length")
    with RunningRelay(
        "serve", "--listen-port", "0", "--access-key-files", f"k=hs256:{file}", "--limits-messages-per-second", "1",
        "--limits-message-burst", "1", AVATAR_RELAY_HEYGEN_KEY="canary-heygen",
    ) as relay:
        yield relay


def raw(url, *frames, **options):
    """Sends frames and reads to the end; returns the close code, and the opcodes that came before it."""
    with RawWebSocket(url, **options) as socket:
        # The server may have ended the connection before the last of them.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for opcode, payload, *masked in frames:
                socket.send(opcode, payload, *masked)
        code, opcodes = socket.close_frame()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if frames and frames[0][0] != CLOSE:
                socket.send(CLOSE, code.to_bytes(2, "big"))
            assert next(socket.frames(), None) is None, "nothing comes after a close frame"
        return code, opcodes


def done(plain, strict):
    assert raw(plain.signaling, (CLOSE, (1000).to_bytes(2, "big"))) == (1000, [])


def broken_rules(plain, strict):
    assert raw(plain.signaling, (TEXT, JSON_PING, False))[0] == 1002


def a_binary_message(plain, strict):
    assert raw(plain.signaling, (BINARY, JSON_PING))[0] == 1003


def no_utf8(plain, strict):
    assert raw(plain.signaling, (TEXT, b'"\xff"'))[0] == 1007


def too_big(plain, strict):
    with signaling_peer(plain.signaling) as peer:
        peer.send_raw(" " * 262145)
        assert peer.close_code() == 1009


def the_server_leaves(plain, strict):
    with DevRelay("--media", "none") as leaving, signaling_peer(leaving.signaling) as peer:
        leaving.terminate()
        assert peer.close_code() == 4000
        assert leaving.wait() == 0


def no_pong(plain, strict):
    """Its own word puts the deadline off; what it is sent, be it an answer or a ping, does not."""
    with DevRelay("--media", "none", "--time-ping-seconds", "3", "--time-pong-seconds", "1") as asking:
        assert raw(asking.signaling) == (4001, [PING])
        assert raw(asking.signaling, (TEXT, JSON_PING)) == (4001, [TEXT, PING])


def no_reading(plain, strict):
    with RawWebSocket(plain.signaling, receive_buffer=4096) as socket:
        # Requests whose answers are long: some megabytes of them fit the system's buffers.
        requests = socket.frame(TEXT, NO_SESSION) * 500
        with pytest.raises(OSError):
            while True:
                socket.socket.sendall(requests)
    # Who does not read does not see the close frame either.
    until(plain.log.read_text, lambda text: '"code":"4002"' in text, "a close with 4002")


def too_many_mistakes(plain, strict):
    code, opcodes = raw(plain.signaling, *[(TEXT, b"{")] * 100)
    assert (code, opcodes.count(TEXT)) == (4500, 100)


def no_good_token(plain, strict):
    assert raw(strict.signaling, protocols="avatar-relay.v1, avatar-relay.token.nonsense") == (4501, [])


def taken_over(plain, strict):
    with signaling_peer(plain.signaling) as first, signaling_peer(plain.signaling) as second:
        opened = first.ask("session.open", provider="heygen")
        second.last_id = 1
        second.ask("session.resume", session=opened["session"], secret=opened["secret"], lastSeq=0)
        assert first.close_code() == 4502
        second.ask("session.close", session=opened["session"])


def too_many_guesses(plain, strict):
    with signaling_peer(plain.signaling) as owner, signaling_peer(plain.signaling) as thief:
        session = owner.ask("session.open", provider="heygen")["session"]
        for _ in range(5):
            thief.send("session.resume", session=session, secret="guessed", lastSeq=0)
        assert thief.close_code() == 4503
        owner.ask("session.close", session=session)


def too_fast(plain, strict):
    assert raw(strict.signaling, *[(TEXT, JSON_PING)] * 220)[0] == 4504


def never_sent(plain, strict):
    """By nothing but a listener that ends without a drain (TransportTests), or by a proxy before the server."""


MET = {
    1000: done, 1001: never_sent, 1002: broken_rules, 1003: a_binary_message, 1007: no_utf8, 1009: too_big,
    1011: never_sent, 4000: the_server_leaves, 4001: no_pong, 4002: no_reading, 4500: too_many_mistakes,
    4501: no_good_token, 4502: taken_over, 4503: too_many_guesses, 4504: too_fast,
}


@pytest.mark.parametrize("code", documented())
def test_every_code_is_met(plain, strict, code):
    MET[code](plain, strict)


def test_the_table_was_read():
    assert sorted(documented()) == sorted(MET)
