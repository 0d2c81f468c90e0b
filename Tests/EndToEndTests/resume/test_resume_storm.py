"""Many tabs with one session's storage come back at once, on the real program with its ledger on disk."""

import contextlib
import socket
import threading

from resuming_client import LOST, ReturningClient
from support.signaling_peer import Refused, signaling_peer
from support.waiting import PATIENCE

TABS = 24


class Tab:
    """A copy of the storage: the same secret, and the same counter of ids."""

    def __init__(self, client):
        self.client, self.id = client, 1000
        self.secret = self.refusal = self.code = self.talk = None

    def come_back(self, url, begin, answered):
        with signaling_peer(url) as peer:
            peer.last_id = self.id
            begin.wait()
            try:
                resumed = peer.ask(
                    "session.resume", session=self.client.session, secret=self.client.secret, lastSeq=self.client.last_seq)
                self.secret = resumed["secret"]
            except Refused as refused:
                self.refusal = refused.kind
            except LOST:
                pass
            answered.wait()
            # Whoever lost the session was told so.
            try:
                self.talk = peer.ask("session.speak", session=self.client.session, text="Said by the last one")["talk"]
            except Refused as refused:
                self.refusal, self.talk = refused.kind, None
            except LOST:
                self.talk, self.code = None, peer.close_code()
            # A goodbye would end the session.
            with contextlib.suppress(OSError):
                peer.socket.socket.shutdown(socket.SHUT_RDWR)


def test_one_of_many_tabs_has_the_session(own_mock, tmp_path):
    returning = ReturningClient(own_mock, tmp_path / "ledger.db")
    try:
        returning.check_numbers()
        returning.client.last_seq = len(returning.client.connection.notifications)
        returning.cut()
        begin, answered = threading.Barrier(TABS, timeout=PATIENCE), threading.Barrier(TABS, timeout=PATIENCE)
        tabs = [Tab(returning.client) for _ in range(TABS)]
        threads = [
            threading.Thread(target=tab.come_back, args=[returning.relay.signaling, begin, answered]) for tab in tabs
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(3 * PATIENCE)
            assert not thread.is_alive()
        winners = [tab for tab in tabs if tab.talk]
        assert len(winners) == 1 and winners[0].secret
        for tab in tabs:
            assert tab is winners[0] or tab.code == 4502 or tab.refusal == "session.secretInvalid", vars(tab)
        assert len({tab.secret for tab in tabs if tab.secret}) == sum(1 for tab in tabs if tab.secret)
        assert len(own_mock.calls("did.speak")) == 1

        # In the next life the winner's secret is the one that is good.
        returning.kill()
        with signaling_peer(returning.relay.signaling) as peer:
            peer.last_id = 2000
            for loser in [tab for tab in tabs if tab.secret and tab is not winners[0]][:3]:
                assert peer.refusal(
                    "session.resume", session=returning.client.session, secret=loser.secret, lastSeq=0,
                )["data"]["kind"] == "session.secretInvalid"
            peer.ask("session.resume", session=returning.client.session, secret=winners[0].secret, lastSeq=0)
            peer.ask("session.close", session=returning.client.session)
        own_mock.assert_nothing_left()
        assert len(own_mock.calls("did.create")) == len(own_mock.calls("did.delete")) == 1
    finally:
        with returning.relay:
            pass
