"""Two tests share a mock with media at the same time, each in a scenario of its own: what goes wrong in one, the other never meets."""

import asyncio

from media_client import Viewer, on_its_own_loop

TOLD = ["stream/started", "stream/done"]


class ScenarioViewer(Viewer):
    """A viewer whose calls, control surface included, name a scenario."""

    def __init__(self, mock, name):
        super().__init__(mock)
        self.headers = {"X-Mock-Scenario": name}

    async def admin(self, path, body=None, method="POST"):
        return await self.call(f"{self.mock.url}/{path}", body, method)

    async def spoken(self):
        """The texts of the journal."""
        return [call["text"] for call in (await self.admin("requests?call=did.speak", method="GET"))["requests"]]


def test_faults_clocks_and_journals_are_the_scenarios_own_while_both_faces_speak(live_mock):
    async def play():
        marred, sound = ScenarioViewer(live_mock, "marred"), ScenarioViewer(live_mock, "sound")
        try:
            await asyncio.gather(marred.did(), sound.did())
            await asyncio.gather(marred.connected(), sound.connected())
            await marred.admin("messages", {"message": "stream/started", "fate": "lost", "times": 1})
            await asyncio.gather(marred.speak("This is marred."), sound.speak("This is sound."))
            await asyncio.gather(marred.until(lambda: TOLD[1] in marred.messages), sound.until(lambda: TOLD[1] in sound.messages))
            assert (marred.messages, sound.messages) == (TOLD[1:], TOLD)
            # Both are heard.
            await asyncio.gather(marred.until(lambda: marred.energy > 1e5), sound.until(lambda: sound.energy > 1e5))
            assert (await marred.spoken(), await sound.spoken()) == (["This is marred."], ["This is sound."])

            # An hour passes in one of them: its session is over, and the other one's face speaks on.
            await marred.admin("clock", {"advanceMs": 3_600_000})
            await marred.admin("sessions/wait", {"open": 0})
            await sound.speak("And it goes on.")
            await sound.until(lambda: sound.messages == TOLD * 2)

            # A reset forgets what was in one, and nothing of the other.
            await marred.admin("reset")
            assert (await marred.spoken(), await sound.spoken()) == ([], ["This is sound.", "And it goes on."])
            assert (await sound.state())["state"] == "connected"
        finally:
            await sound.close()
            await marred.peer.close()
            for viewer in (marred, sound):
                await viewer.admin("scenarios", method="DELETE")

    on_its_own_loop(play)
