"""Firefox sees and hears the mock: VP8 with its defaults; and where it has no H264, sound and events go on."""

import json

import pytest
from firefox import PROGRAM, Firefox
from support.waiting import until
from watched_page import WatchedPage

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Firefox here")
SENTENCE = "Hello Firefox. I am the words of the demo, and they last for about three seconds."


@pytest.fixture(scope="module")
def firefox():
    with Firefox() as firefox:
        yield firefox


@pytest.fixture
def open_in_firefox(firefox, live_relay, live_mock, demo_pages):
    def open_one(vendor, **options):
        api = live_relay.mock.replace("127.0.0.1", "localhost")
        firefox.page.goto(f"{demo_pages.url}/{vendor}?api={api}&options={json.dumps(options)}")
        return WatchedPage(firefox.page)

    yield open_one
    firefox.page.goto("about:blank")


def test_did_is_seen_and_heard(open_in_firefox, live_mock):
    demo = open_in_firefox("did", compatibility_mode="on")
    demo.page.evaluate("connect()")
    demo.wait_until_connected()
    demo.wait_for_events(1)
    demo.wait_until_idle()
    warmed = demo.latest
    assert warmed["frames"] > 5 and (warmed["energy"] or 0) < 1e-6
    demo.page.evaluate("text => speak(text)", SENTENCE)
    demo.wait_for_events(3)
    demo.wait_until_idle()
    assert demo.events == ["stream/ready", "stream/started", "stream/done"]
    assert demo.latest["energy"] > 0.01 and demo.latest["frames"] > warmed["frames"] + 20
    assert demo.latest["codec"] == "video/VP8"

    def speak_once_more():
        count = len(demo.events)
        demo.page.evaluate("text => speak(text)", SENTENCE)
        demo.wait_for_events(count + 2)
        demo.wait_until_idle()

    demo.assert_pictures(max_gap=25, min_seen=10, again=speak_once_more)
    demo.page.evaluate("destroy()")
    live_mock.assert_nothing_left()


def test_heygen_is_seen_and_heard(open_in_firefox, live_mock):
    demo = open_in_firefox("heygen", quality="low")
    demo.page.evaluate("create().then(begin)")
    demo.wait_until_connected()
    demo.wait("watch.latest.frames >= 5")
    demo.page.evaluate("text => speak(text)", SENTENCE)
    demo.wait_for_events(2)
    assert [event["type"] for event in demo.events] == ["avatar_start_talking", "avatar_stop_talking"]
    demo.wait_for_silence()
    assert demo.energy_before(0) < 1e-6 and demo.latest["energy"] > 0.01
    demo.page.evaluate("stop()")
    live_mock.assert_nothing_left()


@pytest.mark.parametrize("compatibility", ["off", "auto"])
def test_it_goes_on_with_what_firefox_can_play(open_in_firefox, live_mock, compatibility):
    """Debian's Firefox downloads its H264 from the internet. Without, `off` has no picture and `auto` has VP8."""
    demo = open_in_firefox("did", compatibility_mode=compatibility)
    has_h264 = demo.page.evaluate(
        "RTCRtpReceiver.getCapabilities('video').codecs.some(({ mimeType }) => mimeType === 'video/H264')")
    demo.page.evaluate("connect()")
    demo.wait_until_connected()
    demo.wait_for_events(1)
    demo.page.evaluate("text => speak(text)", SENTENCE)
    demo.wait_for_events(3)
    assert demo.events == ["stream/ready", "stream/started", "stream/done"]
    demo.wait("watch.latest.energy > 0.01")
    if has_h264:
        assert demo.latest["codec"] == "video/H264"
    elif compatibility == "auto":
        assert demo.latest["codec"] == "video/VP8" and demo.latest["frames"] > 20
    else:
        assert demo.latest["frames"] == 0
    demo.page.evaluate("destroy()")
    live_mock.assert_nothing_left()


@pytest.fixture
def console_in_firefox(firefox, live_relay, live_mock):
    firefox.page.goto(live_relay.url)
    yield firefox.page
    firefox.page.goto("about:blank")


def wait(page, expression, what):
    until(lambda: page.evaluate(expression), bool, what)


def test_the_console_connects_speaks_and_steers_the_mock(console_in_firefox, live_mock):
    page = console_in_firefox
    wait(page, "!document.querySelector('#mock').hidden", "the mock's card")
    page.evaluate("() => { document.querySelector('[name=compatibility_mode]').value = 'on'; }")
    page.evaluate("() => { document.querySelector('#mock summary').click(); }")
    wait(page, "document.querySelectorAll('#mock-error option').length > 3", "the mock's errors")
    page.evaluate("() => { document.querySelector('#connect').click(); }")
    wait(page, "!!document.querySelector('[data-step=live][data-status=done]')", "the session is live")
    wait(page, "document.querySelector('#stage').dataset.media === 'playing'", "the picture plays")
    page.evaluate("text => { document.querySelector('#words').value = text; }", SENTENCE)
    page.evaluate("() => { document.querySelector('#speak').click(); }")
    wait(page, "document.querySelector('[data-figure=audio] small').textContent === 'heard'", "it is heard")
    wait(page, "!!document.querySelector('.talk[data-phase=ended]')", "the talk ended")
    assert page.evaluate("document.querySelector('[data-figure=video] b').textContent") == "VP8"
    page.evaluate("() => { document.querySelector('#mock-loss').value = 10; document.querySelector('#mock-weather button').click(); }")
    wait(page, "document.querySelector('#mock-outcome').textContent.startsWith('So it is')", "the weather is bad")
    page.evaluate("() => { document.querySelector('#mock-fair').click(); }")
    wait(page, "document.querySelector('#mock-outcome').textContent.includes('fair')", "the weather is fair")
    page.evaluate("() => { document.querySelector('#close').click(); }")
    wait(page, "!!document.querySelector('[data-step=closed][data-status=done]')", "the session is closed")
    assert page.evaluate("document.querySelectorAll('.notice.error').length") == 0
    live_mock.assert_nothing_left()
