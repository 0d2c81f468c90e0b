"""The real program and what clients may cost: how often they open, and which options are theirs to choose."""

from support.relay_program import ServingRelay
from support.signaling_peer import signaling_peer


def test_opens_are_counted_by_address(own_mock):
    with ServingRelay(own_mock.api, "--limits-opens-per-minute", "2") as relay:
        with signaling_peer(relay.signaling) as one, signaling_peer(relay.signaling) as other:
            one.ask("session.open", provider="did")
            other.ask("session.open", provider="heygen")
            data = one.refusal("session.open", provider="did")["data"]
            assert (data["kind"], data["limit"], data["retryable"]) == ("session.limit", "opensPerMinute", True)
            assert 0 < data["retryAfterMs"] <= 30_000
            assert own_mock.open_sessions() == 2


def test_a_client_is_not_silent_for_longer_than_the_operator_allows(own_mock):
    with ServingRelay(own_mock.api, "--heygen-idle-seconds", "60", "--did-idle-seconds", "90") as relay:
        with signaling_peer(relay.signaling) as peer:
            opened = peer.ask("session.open", provider="heygen", options={"activity_idle_timeout": 3600})
            assert opened["limits"]["idleMs"] == 60_000
            assert own_mock.calls("heygen.new")[-1]["body"]["activity_idle_timeout"] == 60
            opened = peer.ask("session.open", provider="did", options={"session_timeout": 300})
            assert opened["limits"]["idleMs"] == 90_000
            assert own_mock.calls("did.create")[-1]["body"]["session_timeout"] == 90
            for option in ({"disable_idle_timeout": True}, {"livekit_settings": {"url": "wss://elsewhere.example"}}):
                refused = peer.refusal("session.open", provider="heygen", options=option)
                assert refused["data"]["kind"] == "provider.rejected" and next(iter(option)) in refused["message"]
            assert len(own_mock.calls("heygen.new")) == 1


def test_the_operator_lets_an_option_through_by_name(own_mock):
    with ServingRelay(own_mock.api, "--heygen-extra-options", "livekit_settings") as relay:
        with signaling_peer(relay.signaling) as peer:
            peer.ask("session.open", provider="heygen", options={"livekit_settings": {"url": "wss://own.example"}})
            assert own_mock.calls("heygen.new")[-1]["body"]["livekit_settings"] == {"url": "wss://own.example"}
