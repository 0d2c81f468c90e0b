"""What a test author asks of a mock: calls are waited for and judged, time moves, and what fails says why."""

from importlib.metadata import entry_points
from pathlib import Path

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from avatar_relay_mock import MockError, MockStartError, contains, match, pattern, present, running_mock
from did_client import Stream, call


@pytest.fixture
def stream(avatar_mock):
    stream = Stream(avatar_mock.did_url)
    stream.connect()
    return stream


def test_a_call_is_waited_for(avatar_mock, stream):
    assert stream.speak("Hello, world!")[0] == 200
    talk = avatar_mock.wait_for("did.speak", text__contains="Hello")
    assert (talk.name, talk.status, talk.text, talk.session) == ("did.speak", 200, "Hello, world!", stream.id)
    assert avatar_mock.wait_for("did.*", status=201).name == "did.create"


def test_a_wait_that_fails_names_the_nearest_calls(avatar_mock, stream):
    stream.speak("Good morning!")
    with pytest.raises(AssertionError) as failure:
        avatar_mock.wait_for("did.speak", text__contains="Hello", timeout=0.05)
    first, nearest = str(failure.value).split("\n")[:2]
    assert first == 'one call of did.speak and text contains "Hello": not within 0.05 s, seen 0; nearest of 4:'
    assert "did.speak" in nearest and nearest.endswith(': text is "Good morning!"')


def test_a_call_has_arrived_before_it_is_answered(avatar_mock, stream):
    avatar_mock.clock.stop()
    avatar_mock.fault("did.speak", delayMs=5000)
    with ThreadPoolExecutor() as pool:
        speaking = pool.submit(stream.speak, "Hello!")
        assert avatar_mock.wait_for("did.speak", timeout=60).answered_ms is None
        with pytest.raises(AssertionError, match="answered: not within 0.05 s, seen 0.*\n.*not answered yet"):
            avatar_mock.wait_for("did.speak", stage="answered", timeout=0.05)
        avatar_mock.clock.advance(seconds=5)
        assert speaking.result()[0] == 200
    assert avatar_mock.wait_for("did.speak", stage="answered").answered_ms >= 5000
    avatar_mock.verify("did.speak", stage="answered", status=200)


def test_calls_are_verified_by_count_and_body(avatar_mock, stream):
    for text in ("One.", "Two.", "Three."):
        stream.speak(text)
    assert len(avatar_mock.verify("did.speak", count=3)) == 3
    avatar_mock.verify("did.speak", count=1, body={"script.input": "Two.", "script.type": contains("tex")})
    avatar_mock.verify("did.speak", text__pattern=r"^T\w+\.$", count=2)
    avatar_mock.verify("did.speak", text=pattern("^One"))
    avatar_mock.verify("heygen.*", count=0)
    avatar_mock.verify("did.speak", text__pattern=re.compile("^one", re.I).pattern, count=0)
    avatar_mock.verify("did.speak", text=re.compile("^one", re.I), note__present=False, count=1)
    avatar_mock.verify("did.speak", text=re.compile("(?i)^one"), count=1)
    avatar_mock.verify("did.speak", text__pattern=re.compile("^one", re.I), count=1)
    with pytest.raises(TypeError):
        avatar_mock.verify("did.speak", text=re.compile("^ o n e", re.X))
    avatar_mock.verify("did.speak", headers={"Content-Type": "application/json", "X-None": present(False)}, count=3)
    with pytest.raises(AssertionError, match="2 calls of did.speak: seen 3"):
        avatar_mock.verify("did.speak", count=2)
    with pytest.raises(AssertionError, match="body.script.voice is not there"):
        avatar_mock.verify("did.speak", body={"script.voice": "x"})
    with pytest.raises(TypeError, match="texts: known are text, session"):
        avatar_mock.verify("did.speak", texts="x")


def test_calls_are_verified_by_order(avatar_mock, stream):
    stream.speak("Hello!")
    stream.close()
    avatar_mock.verify_order("did.create", "did.sdp", "did.speak", "did.delete")
    with pytest.raises(AssertionError, match="did.sdp is missing at its place in did.create → did.sdp → did.ice"):
        avatar_mock.verify_order("did.speak", "did.sdp")
    assert len(avatar_mock.verify_order("did.*", match("did.speak", text="Hello!"))) == 2


def test_time_moves_and_a_session_that_nobody_closed_is_named(avatar_mock, stream):
    with pytest.raises(AssertionError, match=rf"1 session\(s\) left open: did {stream.id} \(connected\)"):
        avatar_mock.verify_no_open_sessions(timeout=0.05)
    assert 300 <= avatar_mock.clock.advance(minutes=5) <= avatar_mock.clock.elapsed
    avatar_mock.verify_no_open_sessions()
    assert stream.speak("Too late.")[0] == 400


def test_time_stands_still(avatar_mock):
    avatar_mock.clock.stop()
    before = avatar_mock.clock.elapsed
    assert avatar_mock.clock.elapsed == before
    assert avatar_mock.clock.advance(milliseconds=250) == pytest.approx(before + 0.25)
    avatar_mock.clock.resume()
    # The machine's time alone moves it now.
    with pytest.raises(AssertionError):
        avatar_mock.wait_for("did.speak", timeout=0.02)
    assert avatar_mock.clock.elapsed > before + 0.25


def test_faults_follow_other_calls_and_what_is_in_them(avatar_mock, stream):
    avatar_mock.fault("did.speak", status=418, **{k: v for k, v in match(text=contains("teapot")).items() if k == "where"})
    avatar_mock.fault("did.speak", status=503, after="did.speak")
    assert [stream.speak(text)[0] for text in ("One.", "Two.", "A teapot.", "Four.")] == [200, 503, 418, 200]


def test_messages_are_taken(avatar_mock):
    avatar_mock.message_fault("stream/done", "late", delayMs=500, times=2)
    with pytest.raises(MockError, match="fate"):
        avatar_mock.message_fault("stream/done", "gone")


def test_scenarios_do_not_see_each_other(avatar_mock):
    with avatar_mock.scenario("one") as one, avatar_mock.scenario("two") as two:
        first, second = Stream(one.url, headers=one.headers), Stream(two.url, key=two.key)
        one.fault("did.speak", status=418, times=9)
        one.clock.advance(minutes=1)
        first.connect()
        second.connect()
        assert (first.speak("Hello!")[0], second.speak("Hello!")[0]) == (418, 200)
        one.reset()
        one.verify("*", count=0)
        two.verify("did.speak", status=200, count=1)
        assert two.clock.elapsed < 60 and [session["id"] for session in two.sessions("open")] == [second.id]
        # The same calls get the same ids again.
        assert Stream(one.url, headers=one.headers).id == first.id != second.id
        avatar_mock.verify("*", count=0)
    avatar_mock.verify_no_open_sessions()
    assert [one["name"] for one in avatar_mock.admin("GET", "scenarios")["scenarios"]] == ["main"]


def test_faults_take_the_next_calls(avatar_mock):
    avatar_mock.fault("did.create", status=503, body={"oops": 1}, times=2)
    assert [call(avatar_mock.url, "POST", "/talks/streams", {"source_url": "https://a.example/b"})[0] for _ in range(3)] == [
        503, 503, 201]
    with pytest.raises(MockError, match="no error of that name"):
        avatar_mock.fault("did.create", error="no-such-error")


def test_a_reset_forgets_all(avatar_mock, stream):
    avatar_mock.reset()
    avatar_mock.verify_no_open_sessions()
    assert avatar_mock.calls() == []
    with pytest.raises(AssertionError, match="the mock was not called"):
        avatar_mock.verify("did.speak")


def test_each_test_has_a_mock_and_the_same_ids(pytester):
    pytester.makeini("[pytest]\navatar_mock_options = --media none --seed 5\n")
    pytester.makepyfile(
        did_client=(Path(__file__).parent / "did_client.py").read_text(),
        test_two="""
        from did_client import Stream
        seen = []
        def test_one(avatar_mock):
            seen.append((avatar_mock.url, Stream(avatar_mock.url).id))
        def test_two(avatar_mock):
            seen.append((avatar_mock.url, Stream(avatar_mock.url).id))
            assert seen[0][0] != seen[1][0] and seen[0][1] == seen[1][1]
            assert avatar_mock.admin("GET", "settings")["seed"] == "5"
        """)
    is_installed = any(point.name == "avatar_relay_mock" for point in entry_points(group="pytest11"))
    options = [] if is_installed else ["-p", "avatar_relay_mock.pytest_plugin"]
    pytester.runpytest(*options).assert_outcomes(passed=2)


def test_tests_share_a_mock_and_not_what_is_in_it(pytester):
    pytester.makeini("[pytest]\navatar_mock_options = --media none\n")
    pytester.makepyfile(
        did_client=(Path(__file__).parent / "did_client.py").read_text(),
        test_two="""
        import pytest
        from did_client import Stream
        urls, ids = set(), {}
        @pytest.mark.parametrize("name", ["a", "b", "ü"])
        def test_each(avatar_scenario, name):
            urls.add(avatar_scenario.url)
            ids[name] = Stream(avatar_scenario.url, key=avatar_scenario.key).id
            avatar_scenario.verify("did.create", count=1)
            assert len(urls) == 1 and len(set(ids.values())) == len(ids)
        def test_none_is_left(shared_avatar_mock):
            shared_avatar_mock.verify("*", count=0)
            assert len(shared_avatar_mock.admin("GET", "scenarios")["scenarios"]) == 1
        """)
    is_installed = any(point.name == "avatar_relay_mock" for point in entry_points(group="pytest11"))
    options = [] if is_installed else ["-p", "avatar_relay_mock.pytest_plugin"]
    pytester.runpytest(*options).assert_outcomes(passed=4)


def test_a_mock_that_cannot_start_says_why():
    with pytest.raises(MockStartError, match="--media-folder no-such-folder is no folder"), running_mock(
        "--media-folder", "no-such-folder"):
        pass


def test_it_ends_when_the_test_fails():
    with pytest.raises(ZeroDivisionError), running_mock("--media", "none") as mock:
        1 / 0
    with pytest.raises(OSError):
        mock.calls()


def test_what_agents_answer(avatar_mock):
    url, path = avatar_mock.did_url, "/agents/agt_ann/chat"
    chat = call(url, "POST", path)[1]["id"]

    def ask(text):
        question = {"chatMode": "TextOnly", "messages": [{"role": "user", "content": text}]}
        status, reply = call(url, "POST", f"{path}/{chat}", question)
        return reply.get("result", status)

    avatar_mock.answer("It will rain.", contains="weather", times=2)
    avatar_mock.answer("I am Ann.", pattern=re.compile("^who", re.I))
    avatar_mock.answer(contains="price", error="tooManyRequests")
    assert [ask(text) for text in ("The weather?", "Who?", "The price?", "What?")] == ["It will rain.", "I am Ann.", 429, "What?"]
    avatar_mock.answer_next(parts=["One. ", "Two."])
    assert [ask("Who?"), ask("Who?")] == ["One. Two.", "I am Ann."]
    avatar_mock.set_chat_mode("Maintenance")
    assert ask("Who?") == 200
    avatar_mock.verify("did.chat", text__contains="price", status=429, count=1)
    with pytest.raises(MockError, match="text, parts, error"):
        avatar_mock.answer("One.", parts=["Two."])
