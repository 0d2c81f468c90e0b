"""D-ID's client SDK as a whole, through the relay and in Chromium: the agent is asked, its face speaks the answer, and no key is in the page."""

import json

import pytest
from serving import Issuer, passing
from support.mock_program import running_mock
from support.relay_program import KEYS
from support.secret_watch import WATCH
from support.waiting import PATIENCE

QUESTION = "Please tell me something that takes about three seconds to say."


def converse(page, question=QUESTION):
    """The SDK's calls in their order, until the face has spoken the agent's answer."""
    assert page.evaluate("create()")["type"] in ("talk", "clip")
    page.evaluate("connect()")
    page.wait_for_function("watch.ice.some((state) => state === 'connected' || state === 'completed')")
    before = page.evaluate("watch.latest")
    page.evaluate("text => chat(text)", question)
    page.wait_for_function("seen.messages.at(-1).isComplete === true", timeout=PATIENCE * 1000)
    assert question in page.evaluate("seen.messages.at(-1).content")
    assert page.evaluate("early()") == []
    page.wait_for_function("(energy) => watch.latest.energy > energy + 0.01", arg=before["energy"], timeout=PATIENCE * 1000)
    page.wait_for_function("(frames) => watch.latest.frames > frames + 10", arg=before["frames"], timeout=PATIENCE * 1000)
    for event in ("chat/partial", "chat/answer", "stream-video/started", "stream-video/done"):
        page.wait_for_function("(event) => seen.notifications.some((told) => told.event === event)", arg=event, timeout=PATIENCE * 1000)


def judge(page):
    rating = page.evaluate("rate(1)")
    page.evaluate("id => rate(-1, id)", rating["id"])
    page.evaluate("id => unrate(id)", rating["id"])
    page.evaluate("feedback(5)")
    page.evaluate("speechToken()")


def heard(page):
    """Whatever the page was told is looked through for the operator's key."""
    text = page.evaluate("JSON.stringify(seen)")
    WATCH.heard(text)
    return json.loads(text)


def test_the_whole_sdk_through_dev(demo_page, live_relay, live_mock):
    base = live_relay.url.split("/console")[0].rstrip("/")
    page = demo_page("agent", f"{base}/did", "&socket=/notifications")
    converse(page)
    judge(page)
    page.evaluate("text => speak(text)", "And this is said as it is.")
    page.evaluate("disconnect()")
    live_mock.assert_nothing_left()
    seen = heard(page)
    wanted = [
        "GET /agents/{agent}/runtime 200", "POST /agents/{agent}/chat 201", "POST /agents/{agent}/streams 201",
        "POST /agents/{agent}/streams/{stream}/sdp 200", "POST /agents/{agent}/chat/{chat} 200",
        "POST /agents/{agent}/chat/{chat}/ratings 201", "POST /agents/{agent}/chat/{chat}/feedback 201",
        "GET /agents/{agent}/stt-token 200", "POST /agents/{agent}/streams/{stream} 200",
        "DELETE /agents/{agent}/streams/{stream} 200",
    ]
    assert set(wanted) <= set(seen["statuses"])
    assert seen["errors"] == [] and page.complaints == []


@pytest.fixture
def guarded(tmp_path):
    """A relay that asks for tokens, before a mock that takes the operator's key alone."""
    issuer = Issuer(tmp_path)
    options = ["--passthrough-calls", "did-sdk", "--passthrough-silence-seconds", "15", *issuer.options]
    key = KEYS["AVATAR_RELAY_DID_KEY"]
    with running_mock("--key", key) as mock, passing(mock, *options) as relay:
        yield relay.base.replace("127.0.0.1", "localhost"), issuer, mock


def test_with_tokens_two_pages_of_two_subjects(browser, demo_pages, guarded):
    """Each hears its own answer; then both tabs are closed, which tells nobody, and no session is left."""
    base, issuer, mock = guarded
    pages = []
    for subject in ("alice", "bob"):
        token = issuer.token(subject=subject)
        WATCH.add(token)
        pages.append(browser.new_context().new_page())
        pages[-1].goto(f"{demo_pages.url}/agent?api={base}/did&socket=/notifications&key={token}")
    for number, page in enumerate(pages):
        converse(page, f"I am number {number}. {QUESTION}")
    for number, page in enumerate(pages):
        told = [told["content"] for told in heard(page)["notifications"] if told["event"] == "chat/answer"]
        assert len(told) == 1 and f"number {number}" in told[0]
    for page in pages:
        page.context.close()
    mock.assert_nothing_left()


def test_without_a_token_the_sdk_gets_nothing(browser, demo_pages, guarded):
    base, _, mock = guarded
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{demo_pages.url}/agent?api={base}/did&socket=/notifications")
    refused = page.evaluate("refusal(create)")
    assert (refused["status"], refused["kind"]) == (401, "AuthorizationError")
    assert mock.get("requests")["requests"] == []
    context.close()
