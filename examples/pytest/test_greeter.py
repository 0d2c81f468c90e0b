"""A backend that calls D-ID, tested without a key: the fixture `avatar_mock` comes with `pip install avatar-relay-mock`."""

from greeter import Greeter


def test_a_customer_is_greeted_by_name(avatar_mock):
    with Greeter(avatar_mock.did_url, key="any") as greeter:
        greeter.greet("Ada")
        call = avatar_mock.wait_for("did.speak", text__contains="Ada")
        assert call.status == 200
    avatar_mock.verify_order("did.create", "did.sdp", "did.speak", "did.delete")
    avatar_mock.verify_no_open_sessions()


def test_a_full_account_is_tried_again(avatar_mock):
    avatar_mock.fault("did.create", error="maxUserSessions")
    with Greeter(avatar_mock.did_url, key="any"):
        avatar_mock.verify("did.create", count=2)


def test_after_five_silent_minutes_a_new_stream_is_opened(avatar_mock):
    with Greeter(avatar_mock.did_url, key="any") as greeter:
        avatar_mock.clock.advance(minutes=5)
        greeter.greet("Grace")
        avatar_mock.verify("did.create", count=2)
        avatar_mock.wait_for("did.speak", text__contains="Grace", status=200)
    avatar_mock.verify_no_open_sessions()


def test_a_shared_mock_is_as_good(avatar_scenario):
    # The key says whose test it is: what others do to the mock is neither seen nor felt here.
    with Greeter(avatar_scenario.did_url, key=avatar_scenario.key) as greeter:
        greeter.greet("Ada")
    avatar_scenario.verify("did.speak", text__contains="Ada", count=1)
    avatar_scenario.verify_no_open_sessions()
