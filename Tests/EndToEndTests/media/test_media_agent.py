"""D-ID's client SDK as a whole, by a page that makes its calls in its order, in Chromium: an agent whose face speaks what it answers."""

import json

import pytest
from support.mock_program import running_mock
from watched_page import WatchedPage

QUESTION = "Will it rain tomorrow, and what should I wear?"
ANSWER = "Yes, it will rain all day long. Take a coat with you, and do not forget your umbrella."


@pytest.fixture
def open_agent(demo_page, live_relay, live_mock):
    """Opens the page and has it make the SDK's manager."""

    def open_one(query=""):
        page = WatchedPage(demo_page("agent", live_relay.mock, query))
        page.profile = page.page.evaluate("create()")
        return page

    return open_one


def notifications(page):
    return [note["event"] for note in page.page.evaluate("seen.notifications")]


def ask(page, text=QUESTION):
    reply = page.page.evaluate("text => chat(text)", text)
    page.wait("seen.messages.at(-1).isComplete")
    return reply


def refused(page, call):
    return page.page.evaluate(f"refusal(() => {call})")


@pytest.mark.parametrize("options", [{"fluent": True}, {"stream_warmup": True}, {}], ids=["fluent", "warm-up", "legacy"])
@pytest.mark.parametrize("socket", ["", "/notifications"])
def test_an_agent_answers_and_its_face_speaks(open_agent, live_mock, options, socket):
    live_mock.answer(contains="rain", parts=["Yes, it will rain all day long. ", "Take a coat with you, ", "and do not forget your umbrella."],
                     matches=[{"id": "1", "document_id": "doc_1", "title": "Weather"}])
    page = open_agent(f"&socket={socket}&options={json.dumps(options)}")
    assert page.profile["type"] == "talk" and page.profile["questions"] and page.profile["greeting"]
    page.page.evaluate("connect()")
    page.wait_until_connected()
    if "stream_warmup" in options:
        page.wait("seen.talks.some((talk) => talk.startsWith('stream/ready'))")
        page.wait_until_idle()
    before = page.latest
    assert before["energy"] < 1e-6
    reply = ask(page)
    message = page.page.evaluate("seen.messages.at(-1)")
    assert message["content"] == ANSWER and message["partials"] == 3
    assert page.page.evaluate("early()") == [], "the SDK would have lost it"
    page.wait("(energy) => watch.latest.energy > energy + 0.01", before["energy"])
    page.wait("(frames) => watch.latest.frames > frames + 20", before["frames"])
    page.wait("seen.notifications.some(({ event }) => event === 'stream-video/done')")
    page.wait("seen.talks.some((talk) => talk.startsWith('stream/done'))")
    named = json.dumps({"metadata": {"videoId": reply["videoId"]}}, separators=(",", ":"))
    assert [talk for talk in page.page.evaluate("seen.talks") if "ready" not in talk] == [f"stream/started {named}", f"stream/done {named}"]
    assert notifications(page) == ["chat/partial"] * 3 + ["chat/answer", "stream-video/started", "stream-video/done"]
    assert {note["videoId"] for note in page.page.evaluate("seen.notifications") if "videoId" in note} == {reply["videoId"]}
    rating = page.page.evaluate("rate(1)")
    assert rating["matches"] == [["doc_1", "1"]]
    assert page.page.evaluate("id => rate(-1, id)", rating["id"])["score"] == -1
    page.page.evaluate("id => unrate(id)", rating["id"])
    assert page.page.evaluate("feedback(5, 'Good')")["rating"] == 5
    assert page.page.evaluate("speechToken()")["token"]
    page.page.evaluate("disconnect()")
    live_mock.assert_nothing_left()
    # Candidates come when they are found: between any two of the others.
    statuses = [status for status in page.page.evaluate("seen.statuses") if "/ice " not in status]
    assert statuses[:3] == ["GET /agents/{agent}/runtime 200", "POST /agents/{agent}/chat 201", "POST /agents/{agent}/streams 201"]
    assert statuses[-1] == "DELETE /agents/{agent}/streams/{stream} 200"
    assert page.page.evaluate("seen.errors") == [] and page.page.complaints == []
    order = [entry["call"] for entry in live_mock.get("requests")["requests"] if entry["call"] != "did.ice"]
    assert order == [
        "did.getAgent", "did.newChat", "did.create", "did.sdp", "did.chat", "did.createRating", "did.updateRating", "did.deleteRating",
        "did.submitFeedback", "did.getSpeechToken", "did.delete",
    ]


def test_an_answer_is_interrupted_on_the_channel(open_agent, live_mock):
    page = open_agent("&agent=agt_clip_ann")
    assert page.profile["type"] == "clip"
    live_mock.answer("And then, and then, and then it went on. " * 12)
    page.page.evaluate("connect()")
    ask(page)
    page.wait("seen.talks.length > 0 && watch.latest.energy > 0.01")
    page.page.evaluate("interrupt()")
    page.wait("seen.talks.some((talk) => talk.startsWith('stream/done'))")
    page.wait("seen.notifications.some(({ event }) => event === 'stream-video/done')")
    page.wait_for_silence()
    assert [talk["phase"] for talk in live_mock.get("sessions")["sessions"][0]["talks"]] == ["interrupted"]
    # It is asked again at once.
    live_mock.answer("Yes.", times=1)
    ask(page)
    assert page.page.evaluate("seen.messages.at(-1).content") == "Yes."
    page.page.evaluate("disconnect()")


def test_a_page_speaks_without_a_chat(open_agent, live_mock):
    page = open_agent("&mode=DirectPlayback")
    page.page.evaluate("connect()")
    page.wait_until_connected()
    page.page.evaluate("text => speak(text)", ANSWER)
    page.wait("watch.latest.energy > 0.01")
    page.wait("seen.talks.some((talk) => talk.startsWith('stream/done'))")
    page.page.evaluate("disconnect()")
    assert notifications(page) == [] and live_mock.calls("did.newChat", "did.chat") == []


def test_out_of_credits_an_agent_writes(open_agent, live_mock):
    live_mock.post("agents", {"chatMode": "TextOnly"})
    page = open_agent()
    page.page.evaluate("connect()")
    assert page.page.evaluate("[seen.mode, ...seen.states]") == ["TextOnly", "connected", "disconnected"]
    live_mock.assert_nothing_left()
    assert ask(page)["chatMode"] == "TextOnly"
    assert page.page.evaluate("seen.messages.at(-1).content") == QUESTION
    assert notifications(page) == []


def test_a_playground_has_its_header(open_agent, live_mock):
    page = open_agent("&mode=Playground")
    assert ask(page)["result"] == QUESTION
    assert [call["headers"]["x-playground-chat"] for call in live_mock.calls("did.newChat", "did.chat")] == ["true"] * 2


def test_a_stream_that_is_lost_is_opened_again_for_the_question(open_agent, live_mock):
    page = open_agent()
    page.page.evaluate("connect()")
    live_mock.fault("did.chat", error="streamError")
    ask(page)
    assert page.page.evaluate("seen.states") == ["connected", "disconnected", "connected"]
    assert page.page.evaluate("seen.messages.at(-1).content") == QUESTION
    page.page.evaluate("disconnect()")


@pytest.mark.parametrize("error, status", [("tooManyRequests", 429), ("insufficientCredits", 402), ("textModeration", 451)])
def test_a_rule_refuses_a_question(open_agent, live_mock, error, status):
    live_mock.answer(contains="rain", error=error)
    page = open_agent()
    page.page.evaluate("connect()")
    assert refused(page, f"chat('{QUESTION}')")["status"] == status
    ask(page, "Who are you?")
    page.page.evaluate("disconnect()")


def test_an_expressive_agent_is_refused(open_agent):
    page = open_agent("&agent=agt_expressive")
    assert page.profile["type"] == "expressive"
    refusal = refused(page, "connect()")
    assert (refusal["status"], refusal["kind"]) == (403, "PermissionError")
    assert page.page.complaints == []


def test_an_unknown_agent_and_a_wrong_key_are_refused(demo_page, live_relay, live_mock):
    page = demo_page("agent", live_relay.mock, "&agent=unknown-ann")
    assert page.evaluate("refusal(create)")["kind"] == "NotFoundError"
    with running_mock("--media", "none", "--key", "good") as mock:
        page = demo_page("agent", mock.api, "&key=bad")
        assert page.evaluate("refusal(create)")["kind"] == "AuthorizationError"
        assert page.evaluate("refusal(connect)")["kind"] == "AuthorizationError", "its socket and its calls"
        page = demo_page("agent", mock.api, "&key=good")
        assert page.evaluate("create()")["type"] == "talk"


def test_two_pages_hear_of_their_own_answers_only(open_agent, live_mock):
    pages = [open_agent(), open_agent()]
    for page in pages:
        page.page.evaluate("connect()")
    for page, text in zip(pages, ("I am the first.", "I am the second.")):
        ask(page, text)
    for page, text in zip(pages, ("I am the first.", "I am the second.")):
        assert page.page.evaluate("seen.messages.at(-1).content") == text
        answers = [note for note in page.page.evaluate("seen.notifications") if note["event"] == "chat/answer"]
        assert [note["content"] for note in answers] == [text]
        page.page.evaluate("disconnect()")
