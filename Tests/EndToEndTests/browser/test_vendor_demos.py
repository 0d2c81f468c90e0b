"""The calls of the vendors' own demo pages, from a page of another origin straight to the mock, in a real browser."""

import pytest


@pytest.fixture
def open_demo(demo_page, relay, mock):
    """Opens a demo page that calls the mock itself."""
    return lambda vendor, query="": demo_page(vendor, relay.mock, query)


@pytest.mark.parametrize("service", ["talks", "clips"])
def test_the_did_demo(open_demo, mock, service):
    page = open_demo("did", f"&service={service}")
    page.evaluate("connect()")
    page.wait_for_function("window.gathered === true")
    page.evaluate("settle()")
    assert page.evaluate("seen.offerSections") == 2, "audio and video; the data section is no transceiver"
    said = page.evaluate("speak()")
    assert said["status"] == "started" and said["session_id"]
    assert page.evaluate("seen.channel.label") == "JanusDataChannel"
    page.evaluate("destroy()")
    mock.assert_nothing_left()
    # Gone is gone, in words that the page can read.
    gone = page.evaluate("speak()")
    assert gone["kind"] == "NotFound" and gone["description"]
    statuses = page.evaluate("seen.statuses")
    assert statuses[0] == "POST  201" and "POST /{id}/sdp 200" in statuses
    assert {status for status in statuses if "/ice" in status} == {"POST /{id}/ice 200"}
    assert statuses[-3:] == ["POST /{id} 200", "DELETE /{id} 200", "POST /{id} 404"]
    calls = mock.calls("did.ice")
    assert len(calls) > 1 and set(calls[-1]["body"]) == {"session_id"}, "the end of candidates comes last"
    assert page.complaints == []


def test_the_did_demo_destroyed_before_it_was_connected(open_demo, mock):
    page = open_demo("did")
    assert "SessionError" in page.evaluate("destroy()")
    assert page.evaluate("seen.statuses") == ["DELETE /undefined 400"]
    assert page.complaints == []
    page.evaluate("connect()")
    assert mock.open_sessions() == 1
    page.evaluate("destroy()")


def test_the_did_demo_connected_twice_leaves_one_to_itself(open_demo, mock):
    page = open_demo("did")
    page.evaluate("connect()")
    page.evaluate("connect()")
    assert mock.open_sessions() == 2, "the first stream still lives, as at the vendor"
    page.evaluate("destroy()")
    assert mock.open_sessions() == 1
    mock.reset()


def test_the_did_demo_reads_a_refusal(open_demo, mock):
    mock.fault("did.create", error="maxUserSessions")
    page = open_demo("did")
    refused = page.evaluate("""async () => {
      const reply = await fetch(`${new URLSearchParams(location.search).get("api")}/talks/streams`, {
        method: "POST",
        headers: { Authorization: "Basic any-key", "Content-Type": "application/json" },
        body: JSON.stringify({ source_url: "https://example.com/a.jpg" }),
      });
      return [reply.status, await reply.json()];
    }""")
    assert refused[0] == 403 and refused[1]["description"] == "Max user sessions reached"
    assert page.complaints == []


def test_the_heygen_demo(open_demo, mock):
    page = open_demo("heygen")
    page.evaluate("create()")
    assert page.evaluate("seen.offerSections") == 2, "video and audio"
    page.evaluate("begin()")
    page.wait_for_function("window.gathered === true")
    page.evaluate("settle()")
    said = page.evaluate("speak()")
    assert said["task_id"] and said["duration_ms"] > 0
    page.evaluate("interrupt()")
    page.evaluate("stop()")
    mock.assert_nothing_left()
    statuses = page.evaluate("seen.statuses")
    assert statuses[0] == "new 200" and statuses[-3:] == ["task 200", "interrupt 200", "stop 200"]
    assert {status for status in statuses if status.startswith("ice")} == {"ice 200"}
    assert all("usernameFragment" in call["body"]["candidate"] for call in mock.calls("heygen.ice"))
    assert page.complaints == []


def test_the_heygen_demo_speaks_too_early(open_demo, mock):
    page = open_demo("heygen")
    page.evaluate("create()")
    # The demo reads `.data` of anything but a 500: an error without data must not look like a task.
    assert page.evaluate("speak()") is None
    assert page.evaluate("seen.statuses") == ["new 200", "task 400"]
    assert page.complaints == []
    page.evaluate("stop()")
