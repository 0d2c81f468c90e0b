"""Texts that a page speaks while they are written, from the browser's client to what the mock was asked."""

import pytest
from playwright.sync_api import expect
from support.session_page import SessionPage
from support.waiting import until

WORDS = ["Once ", "upon ", "a ", "time. ", "There ", "was ", "a ", "king ", "who ", "sang."]

# The page writes a word with each call of write(), and ends the text with end().
BEGIN = """
() => {
  let controller;
  window.cancelled = false;
  const stream = new ReadableStream({
    start: (given) => void (controller = given),
    cancel: () => void (window.cancelled = true),
  });
  window.write = (word) => controller.enqueue(word);
  window.end = () => controller.close();
  window.outcome = undefined;
  const failed = ({ kind }) => (window.outcome = kind);
  session.speak(stream).then(({ talk, finished }) => {
    window.talk = talk;
    finished.then(({ phase }) => (window.outcome = phase), failed);
  }, failed);
}
"""


@pytest.fixture
def page(browser, relay, mock):
    context = browser.new_context()
    page = SessionPage(context.new_page(), relay.url)
    yield page
    page.close()
    context.close()


def said(mock, call):
    return [entry["text"] for entry in mock.calls(call)]


@pytest.mark.parametrize("provider, parts", [("did", "joined"), ("did-websocket", "native"), ("heygen", "joined")])
def test_a_text_is_spoken_as_it_is_written(page, mock, provider, parts):
    page.open(provider=provider)
    assert page.page.evaluate("session.capabilities.parts") == parts
    call = {"did": "did.speak", "did-websocket": "did.streamText", "heygen": "heygen.task"}[provider]
    page.page.evaluate(BEGIN)
    for word in WORDS[:5]:
        page.page.evaluate("word => write(word)", word)
    # What is complete is handed on although the rest is not written yet.
    until(lambda: "".join(said(mock, call)), lambda text: text.startswith("Once upon a time."), "the first sentence")
    for word in WORDS[5:]:
        page.page.evaluate("word => write(word)", word)
    page.page.evaluate("end()")
    whole = "".join(WORDS).replace(" ", "")
    until(lambda: "".join(said(mock, call)).replace(" ", ""), lambda text: text == whole, "the whole text")
    # Over the WebSocket nobody says how long it is, and without media nobody tells when it ends.
    if parts == "joined":
        until(lambda: page.page.evaluate("window.outcome"), lambda seen: seen == "ended", "the talk has ended")
        assert len(page.heard("talk")) == 3, "accepted, started and ended are told once"
    page.assert_in_order()


def test_an_interruption_ends_text_and_source(page, mock):
    page.open(provider="heygen")
    page.page.evaluate(BEGIN)
    page.page.evaluate("write('Once upon a time. ')")
    until(lambda: page.page.evaluate("window.talk"), bool, "the talk was accepted")
    page.page.evaluate("session.interrupt()")
    until(lambda: page.page.evaluate("window.cancelled"), bool, "the source was told")
    mock.wait_for_calls("heygen.interrupt", 1)
    assert said(mock, "heygen.task") == ["Once upon a time."]
    # A talk of its own goes on as ever.
    page.say("And now for something else.")
    page.fate("And now for something else.")


def test_the_console_speaks_as_one_types(console, mock):
    console.page.get_by_label("Called by").select_option("WebSocket")
    console.connect()
    console.wait_for_candidates()
    expect(console.page.locator("#parts")).to_have_text("D-ID takes them word by word.")
    console.page.get_by_label("Speak as I type").check()
    console.page.locator("#words").press_sequentially("Good morning, my lov")
    until(lambda: "".join(said(mock, "did.streamText")), lambda text: text.startswith("Good morning,"), "the first words")
    console.page.locator("#words").press_sequentially("e")
    console.page.keyboard.press("Enter")
    expect(console.talk("Good morning, my love")).to_be_visible()
    # The page shows what it has sent; the last of it comes to the provider later.
    whole = lambda text: text.strip() == "Good morning, my love"  # noqa: E731
    until(lambda: "".join(said(mock, "did.streamText")), whole, "the whole text")
    console.close_session()
    console.assert_clean()
