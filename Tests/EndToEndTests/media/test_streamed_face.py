"""Through the relay, by a client of its protocol: the face speaks while its text is still being written."""

import asyncio

from media_client import PICTURE, watching
from support.relay_program import ServingRelay
from support.signaling_peer import signaling_peer


def test_the_face_speaks_while_its_text_is_being_written(live_mock):
    socket = live_mock.api.replace("http://", "ws://")
    transport = ["--did-transport", "websocket", "--did-websocket-url", socket]
    with ServingRelay(live_mock.api, *transport) as relay, signaling_peer(relay.signaling) as peer:

        async def ask(method, **params):
            return await asyncio.to_thread(peer.ask, method, **params)

        async def scenario(viewer):
            opened = await ask("session.open", provider="did", avatar=PICTURE["source_url"])
            session = opened["session"]

            async def write(talk, index, text):
                assert "interrupted" not in await ask("session.speakPart", session=session, talk=talk, index=index, text=text)

            viewer._listen(viewer.peer.createDataChannel(opened["dataChannel"]["label"]))
            await ask("session.answer", session=session, answer=await viewer._answer(opened["offer"]))
            await ask("session.candidate", session=session, candidate=None)
            await viewer.connected()
            await ask("session.report", session=session, iceConnectionState="connected")
            talk = (await ask("session.speak", session=session, open=True, text="Hello "))["talk"]
            await write(talk, 1, "there, ")
            await viewer.until(lambda: viewer.messages == ["stream/started"] and viewer.energy > 1e5)
            await write(talk, 2, "how are ")
            await write(talk, 3, "you? ")
            heard = viewer.energy
            await viewer.until(lambda: viewer.energy > 2 * heard)
            assert viewer.messages == ["stream/started"], "the talk has not ended"
            await ask("session.speakEnd", session=session, talk=talk, index=4)
            await viewer.until(lambda: viewer.messages == ["stream/started", "stream/done"] and viewer.frames["video"] > 10)
            await ask("session.close", session=session)

        watching(live_mock, scenario)
    live_mock.assert_nothing_left()
