"""Five usual tests against the mock; lines of bodies are counted in docs/testing.md."""

import pytest, requests
from greeter_requests import Greeter

def test_1_opened_spoken_closed(avatar_mock):
    with Greeter(avatar_mock.did_url, key="any") as greeter:
        greeter.greet("Ada")
    avatar_mock.verify("did.speak", text__contains="Ada")
    avatar_mock.verify_order("did.create", "did.sdp", "did.ice", "did.speak", "did.delete")

def test_2_full_account_is_tried_again(avatar_mock):
    avatar_mock.fault("did.create", error="maxUserSessions")
    with Greeter(avatar_mock.did_url, key="any"):
        avatar_mock.verify("did.create", count=2)

def test_3_after_five_silent_minutes_a_new_stream(avatar_mock):
    with Greeter(avatar_mock.did_url, key="any") as greeter:
        avatar_mock.clock.advance(minutes=5)
        greeter.greet("Grace")
    avatar_mock.verify("did.speak", text__contains="Grace", status=200)

def test_4_no_session_left_open(avatar_mock):
    with Greeter(avatar_mock.did_url, key="any"):
        pass
    avatar_mock.verify_no_open_sessions()

def test_5_answer_lost(avatar_mock):
    avatar_mock.fault("did.speak", drop=True, takesEffect=True)
    with pytest.raises(requests.ConnectionError), Greeter(avatar_mock.did_url, key="any") as greeter:
        greeter.greet("Ada")
    avatar_mock.verify("did.speak", count=1)
    avatar_mock.verify_no_open_sessions()
