"""An agent that is chatted with through the relay: a message is a talk of the page's session, and what is answered is told to that page alone."""

import contextlib
import json
import urllib.parse

import pytest
from serving import Issuer, begin, passing
from support.vendor_script import call
from support.waiting import PATIENCE, until
from websockets.sync.client import connect

SDK = ["--passthrough-calls", "did-sdk"]


class Chat:
    """A page with a stream of an agent, and a chat."""

    def __init__(self, relay, authorization="Basic any-key~1_x"):
        self.relay, self.headers = relay, {"Authorization": authorization}
        self.agent = f"{relay.base}/did/agents/agt_1"
        self.script = relay.script("agents", **self.headers)

    def begin(self):
        begin(self.script)
        opened = self.call("/chat", body={"persist": True})
        assert opened.status in (200, 201), opened.text
        self.id = opened.json["id"]
        return self

    def call(self, path, method="POST", body=None, **headers):
        return call(f"{self.agent}{path}", method, body, **(self.headers | headers))

    def say(self, text="Hello there.", **changes):
        message = {"id": "1", "role": "user", "content": text, "created_at": "2026-11-30T14:00:00.000Z"}
        body = {
            "chatMode": "Functional", "streamId": self.script.id, "sessionId": self.script.session, "messages": [message],
        } | changes
        return self.call(f"/chat/{self.id}", body={name: value for name, value in body.items() if value is not None})

    def listen(self):
        shown = urllib.parse.quote(self.headers["Authorization"], safe="")
        return connect(
            f"{self.relay.base.replace('http', 'ws')}/did/notifications?authorization={shown}", proxy=None,
            open_timeout=PATIENCE)


def answer_on(socket):
    """What is told until an answer is complete."""
    told = []
    while not told or told[-1]["event"] != "chat/answer":
        told.append(json.loads(socket.recv(timeout=PATIENCE)))
    return told


def test_a_message_is_answered_on_the_pages_socket(own_mock):
    with passing(own_mock, *SDK) as relay:
        chat = Chat(relay)
        with chat.listen() as socket:
            chat.begin()
            assert chat.say("Hello, agent.").status == 200
            told = answer_on(socket)
            assert "Hello, agent." in told[-1]["content"]
            assert [frame["event"] for frame in told[:-1]] == ["chat/partial"] * (len(told) - 1)
        assert len(own_mock.calls("did.chat")) == 1
        chat.script.close()


def test_nobody_hears_anothers_answers(own_mock, tmp_path):
    """Not even who shows the same id, and asks at the same time."""
    issuer = Issuer(tmp_path)
    with passing(own_mock, *SDK, *issuer.options) as relay, contextlib.ExitStack() as stack:
        chats = {name: Chat(relay, f"Bearer {issuer.token(subject=name)}~1_same") for name in ("alice", "mallory")}
        sockets = {name: stack.enter_context(chat.listen()) for name, chat in chats.items()}
        for chat in chats.values():
            chat.begin()
        for name, chat in chats.items():
            assert chat.say(f"I am {name}.").status == 200
        for name, socket in sockets.items():
            assert f"I am {name}." in answer_on(socket)[-1]["content"]
        # A stream of another's says nothing for her.
        refused = chats["mallory"].say(streamId=chats["alice"].script.id, sessionId=chats["alice"].script.session)
        assert (refused.status, refused.json["description"]) == (400, "missing or invalid session_id")
        assert len(own_mock.calls("did.chat")) == 2
        for chat in chats.values():
            chat.script.close()


def test_a_message_counts_as_a_talk(own_mock):
    with passing(own_mock, *SDK, "--limits-talks-per-minute", "3", "--limits-characters-per-recording", "600") as relay:
        chat = Chat(relay).begin()
        assert chat.say().status == 200, "the chat itself was the first"
        # Judging costs nothing.
        for _ in range(4):
            assert chat.call(f"/chat/{chat.id}/feedback", body={"rating": 5}).status in (200, 201)
        assert chat.script.speak().status == 200
        refused = chat.say()
        assert refused.status == 429 and int(refused.headers["Retry-After"]) >= 1
        assert len(own_mock.calls("did.chat")) == 1
        chat.script.close()


@pytest.mark.parametrize("stream", [True, False])
def test_a_message_counts_as_many_characters_as_a_recording(own_mock, stream):
    limits = ["--limits-characters-per-minute", "1000", "--limits-characters-per-recording", "400"]
    with passing(own_mock, *SDK, *limits) as relay:
        chat = Chat(relay).begin()
        without = {} if stream else {"streamId": None, "sessionId": None}
        assert chat.say(**without).status != 429
        assert chat.say(**without).status == 429
        chat.script.close()


def test_who_chats_is_not_silent(own_mock):
    unlimited = ["--limits-talks-per-minute", "0", "--limits-characters-per-minute", "0"]
    with passing(own_mock, *SDK, *unlimited, "--passthrough-silence-seconds", "6") as relay:
        chat = Chat(relay).begin()
        begin(relay.script("did"))
        # No oftener than messages are allowed for as long as it may take.
        says = lambda: (chat.say().status, own_mock.open_sessions())  # noqa: E731
        until(says, lambda seen: seen[1] == 1, "the end of the other", interval=0.25)
        assert chat.say().status == 200
        chat.script.close()


def test_a_chat_that_is_not_there_ends_no_session(own_mock):
    with passing(own_mock, *SDK) as relay:
        chat = Chat(relay).begin()
        chat.id, known = "cht_unknown", chat.id
        assert chat.say().status == 404
        chat.id = known
        assert chat.say().status == 200
        chat.script.close()
        over = chat.say()
        assert (over.status, over.json["description"]) == (400, "missing or invalid session_id"), "the SDK connects anew"


def test_ratings_and_the_rest_come_and_go_as_they_are(own_mock):
    with passing(own_mock, *SDK) as relay:
        chat = Chat(relay).begin()
        for path in ("", "/runtime", "/stt-token"):
            direct = call(f"{own_mock.api}/agents/agt_1{path}", "GET", Authorization="Basic any-key")
            through = chat.call(path, "GET")
            assert (through.status, set(through.json)) == (direct.status, set(direct.json)), path
        rating = chat.call(f"/chat/{chat.id}/ratings", body={"message_id": "1", "knowledge_id": "k", "matches": [], "score": 1})
        assert rating.status in (200, 201), rating.text
        path = f"/chat/{chat.id}/ratings/{rating.json['id']}"
        changed = {"message_id": "1", "knowledge_id": "k", "matches": [], "score": -1}
        assert chat.call(path, "PATCH", changed).status == 200
        assert chat.call(path, "DELETE").status == 200
        played = chat.call("/chat", body={"persist": False}, X_Playground_Chat="true")
        assert played.json["chat_mode"] == "Playground"
        assert chat.call("/../client-key", body={"allowed_domains": ["https://a.example"]}).status == 404
        assert call(f"{relay.base}/did/agents/client-key", body={"allowed_domains": ["https://a.example"]}).status == 404
        chat.script.close()


def test_a_token_chats_with_its_own_agents(own_mock, tmp_path):
    issuer = Issuer(tmp_path)
    with passing(own_mock, *SDK, *issuer.options) as relay:
        chat = Chat(relay, f"Bearer {issuer.token('--avatar', 'agt_1')}~1_x").begin()
        assert chat.say().status == 200
        chat.agent = chat.agent.replace("agt_1", "agt_2")
        assert chat.say().status == 403, "on its own stream, by another agent"
        chat.script.close()


def test_nobody_chats_where_it_is_not_listed(own_mock):
    with passing(own_mock) as relay:
        script = begin(relay.script("agents"))
        body = {"streamId": script.id, "sessionId": script.session, "messages": []}
        assert call(f"{relay.base}/did/agents/agt_1/chat/cht_1", body=body).status == 404
        script.close()
    assert own_mock.calls("did.chat") == []
