"""The console with an avatar that is seen and heard: the picture, its words, its figures, its events."""

import re

import pytest
from playwright.sync_api import expect
from support.waiting import until

SENTENCE = "The quick brown fox jumps over the lazy dog, and then it does so once more."
EVENTS = {
    "did-talk": ["data channel", "stream/ready", "stream/started", "stream/done"],
    "heygen": ["data channel", "avatar_start_talking", "avatar_stop_talking"],
}


@pytest.mark.parametrize("name", EVENTS)
def test_the_face_speaks_and_the_page_tells_how(live_console, live_mock, name):
    console, page = live_console, live_console.page
    console.choose(name)
    console.connect()
    console.wait_until_live()
    expect(page.locator('#stage[data-media="playing"]')).to_be_visible()
    opened = EVENTS[name][:-2]
    until(console.events, lambda seen: seen == opened, f"{opened}, before anything is said")
    console.speak(SENTENCE)
    # Most of it lasts no longer than the talk.
    console.wait_until_shown("spoken", re.escape(SENTENCE))
    console.wait_until_shown("audio small", "heard")
    check_figures(console, name)
    expect(console.talk(SENTENCE)).to_have_attribute("data-phase", "ended")
    expect(console.talk(SENTENCE).locator(".talk-phase")).to_have_text("ended")
    expect(page.locator("#spoken")).to_have_text("")
    until(console.events, lambda seen: seen == EVENTS[name], "the data channel's events")
    console.close_session()
    live_mock.assert_nothing_left()
    console.assert_clean()


def check_figures(console, name):
    console.wait_until_shown("path b", "(host|prflx) → (host|prflx)")
    console.wait_until_shown("path small", "UDP · .*")
    console.wait_until_shown("video b", "VP8|H264")
    console.wait_until_shown("video small", "512×512" if name == "did-talk" else "640×480")
    console.wait_until_shown("audio b", "Opus")
    console.wait_until_shown("bitrate b", r"[1-9]\d* kbit/s|\d\.\d Mbit/s")
    console.wait_until_shown("frames b", r"[1-9]\d* /s")
    console.wait_until_shown("roundTrip b", r"[\d.]+ ms")
    console.wait_until_shown("delay b", r"\d+(\.\d)? ms")


def test_an_event_opens_to_what_was_in_it(live_console):
    console = live_console
    console.choose("heygen")
    console.connect()
    console.wait_until_live()
    console.speak("Hello")
    stop = console.page.locator("#timeline .entry.channel", has_text="avatar_stop_talking")
    expect(stop.locator(".entry-words")).to_contain_text("binary")
    stop.locator("summary").click()
    expect(stop.locator("pre")).to_contain_text('"duration_ms"')
    console.close_session()


def test_a_second_session_begins_with_nothing_of_the_first(live_console):
    console = live_console
    for name in ("did-talk", "heygen"):
        console.choose(name)
        console.connect()
        console.wait_until_live()
        until(console.events, lambda seen: seen == EVENTS[name][:-2], "nothing said")
        console.speak("Hello")
        expect(console.talk("Hello")).to_have_attribute("data-phase", "ended")
        until(console.events, lambda seen: seen == EVENTS[name], f"the events of {name} alone")
        console.wait_until_shown("video small", "512×512" if name == "did-talk" else "640×480")
        console.close_session()
    assert console.figure("video")[1] == "640×480"
    console.assert_clean()


def test_interrupting_ends_what_is_said(live_console, live_mock):
    console = live_console
    console.choose("heygen")
    console.connect()
    console.wait_until_live()
    console.speak("This is a long story. " * 20)
    console.wait_until_shown("spoken", ".*long story.*")
    console.page.get_by_role("button", name="Interrupt").click()
    expect(console.page.locator("#spoken")).to_have_text("")
    console.close_session()
