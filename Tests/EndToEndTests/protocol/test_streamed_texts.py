"""Texts that are spoken as they are written, by a client that knows nothing but docs/protocol.md."""

import contextlib

import pytest
from support.relay_program import ServingRelay
from support.signaling_peer import signaling_peer
from whole_session import close, negotiate, open_session, phases


@contextlib.contextmanager
def talking(mock, provider="did", *, native=False, arguments=()):
    """A client with a session that is live."""
    if native:
        arguments = ["--did-transport", "websocket", "--did-websocket-url", mock.api.replace("http://", "ws://"), *arguments]
    with ServingRelay(mock.api, *arguments) as relay, signaling_peer(relay.signaling) as peer:
        session, opened = open_session(peer, provider)
        assert opened["capabilities"]["parts"] == ("native" if native else "joined")
        negotiate(peer, session, opened, "a" if provider == "did" else "0")
        yield peer, session
        close(peer, session)


def write(peer, session, talk, texts, first=1):
    for index, text in enumerate(texts, first):
        assert peer.ask("session.speakPart", session=session, talk=talk, index=index, text=text).keys() <= {"providerMs"}


def test_a_provider_that_takes_parts_gets_each_of_them(own_mock):
    with talking(own_mock, native=True) as (peer, session):
        voice = {"provider": {"type": "microsoft", "voice_id": "en-US-JennyNeural"}}
        begun = peer.ask("session.speak", session=session, open=True, text="Hello", options=voice)
        talk = begun["talk"]
        assert begun.keys() == {"talk", "providerMs"}
        write(peer, session, talk, [" over there,", " ", "how are", " you?"])
        assert peer.ask("session.speakEnd", session=session, talk=talk, index=5).keys() == {"providerMs"}
        said = [entry["body"]["payload"] for entry in own_mock.calls("did.streamText")]
        assert [part["script"]["input"] for part in said] == ["Hello", " over there,", " how are", " you?", " "]
        assert [part["index"] for part in said] == [0, 1, 2, 3, 4]
        assert all(part["script"]["provider"] == voice["provider"] for part in said)
        assert peer.wait_for("session.talk", talk=talk)["phase"] == "accepted"


@pytest.mark.parametrize("provider, call", [("did", "did.speak"), ("heygen", "heygen.task")])
def test_other_providers_get_sentences(own_mock, provider, call):
    with talking(own_mock, provider) as (peer, session):
        talk = peer.ask("session.speak", session=session, open=True)["talk"]
        write(peer, session, talk, ["How ", "are ", "you", "? I", " am fine. ", "And", " you"])
        assert peer.ask("session.speakEnd", session=session, talk=talk, index=8).keys() == {"providerMs"}
        bodies = [entry["body"] for entry in own_mock.calls(call)]
        said = [body["text"] if "text" in body else body["script"]["input"] for body in bodies]
        assert said == ["How are you?", "I am fine.", "And you"]
        peer.wait_for("session.talk", talk=talk, phase="ended")
        assert phases(peer, talk) == [("accepted", None), ("started", True), ("ended", True)]


def test_each_part_is_taken_once_and_in_its_place(own_mock):
    with talking(own_mock, native=True) as (peer, session):
        talk = peer.ask("session.speak", session=session, open=True, text="One")["talk"]

        def refusal(method, **params):
            return peer.refusal(method, session=session, **params)["data"]["kind"]

        assert refusal("session.speakPart", talk=talk, index=2, text=" three") == "request.outOfOrder"
        assert refusal("session.speakPart", talk="another", index=1, text=" two") == "talk.notFound"
        write(peer, session, talk, [" two"])
        # Under its old id, and under a new one.
        peer.last_id -= 1
        write(peer, session, talk, [" two"])
        write(peer, session, talk, [" two"])
        assert refusal("session.speakEnd", talk=talk, index=3) == "request.outOfOrder"
        waiting = peer.send("session.speak", session=session, text="Something else")
        assert peer.ask("session.speakEnd", session=session, talk=talk, index=2).keys() == {"providerMs"}
        assert peer.result(waiting)["talk"] != talk
        assert refusal("session.speakPart", talk=talk, index=3, text=" three") == "request.outOfOrder"
        said = [entry["body"]["payload"]["script"]["input"] for entry in own_mock.calls("did.streamText")]
        assert said == ["One", " two", " ", "Something else", " "]


def test_an_interruption_ends_the_text(own_mock):
    with talking(own_mock, "heygen") as (peer, session):
        talk = peer.ask("session.speak", session=session, open=True, text="One. Two")["talk"]
        assert peer.ask("session.interrupt", session=session).keys() == {"providerMs"}
        for method, more in [("session.speakPart", {"text": " more."}), ("session.speakEnd", {})]:
            assert peer.ask(method, session=session, talk=talk, index=1, **more) == {"interrupted": True}
        assert [entry["body"]["text"] for entry in own_mock.calls("heygen.task")] == ["One."]
        assert peer.ask("session.speak", session=session, text="Three.")["talk"] != talk


def test_what_is_wrong_is_not_taken(own_mock):
    with talking(own_mock, arguments=["--limits-characters-per-minute", "20"]) as (peer, session):
        talk = peer.ask("session.speak", session=session, open=True, text="Hello over there")["talk"]
        error = peer.refusal("session.speakPart", session=session, talk=talk, index=1, text=" again.")
        assert error["data"]["kind"] == "talk.limit" and error["data"]["limit"] == "charactersPerMinute"
        write(peer, session, talk, ["."])
        assert peer.refusal("session.speak", session=session, open=True, ssml="<speak/>")["data"]["kind"] == "message.invalidParams"
        assert peer.ask("session.speakEnd", session=session, talk=talk, index=2).keys() == {"providerMs"}


def test_who_falls_silent_holds_nobody_up(own_mock):
    with talking(own_mock, native=True, arguments=["--time-part-seconds", "1"]) as (peer, session):
        talk = peer.ask("session.speak", session=session, open=True, text="Hello")["talk"]
        waiting = peer.send("session.speak", session=session, text="Something else")
        failed = peer.wait_for("session.talk", talk=talk, phase="failed")
        assert failed["error"]["data"]["kind"] == "talk.interrupted"
        assert peer.result(waiting)["talk"] != talk
        assert peer.ask("session.speakEnd", session=session, talk=talk, index=1) == {"interrupted": True}
