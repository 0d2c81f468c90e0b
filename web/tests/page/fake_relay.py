"""Serves the console as users get it, and speaks the signaling protocol with no provider behind, for tests of the page."""

import asyncio
import contextlib
import http
import json
import mimetypes
import os
from pathlib import Path

from websockets.asyncio.server import serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response

WEB = Path(__file__).resolve().parents[2]
TRANSCRIPTS = WEB.parent / "Tests" / "Fixtures" / "transcripts"
# What the real relay sends with its pages.
POLICY = "default-src 'self'; connect-src 'self' ws: wss:; media-src 'self' blob:; style-src 'self'"


def opened_result(provider):
    """The result of session.open as the provider's golden transcript has it."""
    name = {"did": "did-talk", "did-websocket": "did-talk", "heygen": "heygen-talk"}[provider]
    for line in (TRANSCRIPTS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[1:]:
        message = json.loads(line)["message"]
        if "session" in message.get("result", {}):
            return message["result"]
    raise LookupError(f"no session.open in {name}")


class FakeRelay:
    """One page at a time. `refusals` maps a method to error objects that answer its next requests."""

    def __init__(self, make_offer=None, take_answer=None, take_candidate=None):
        self.make_offer = make_offer
        self.take_answer = take_answer
        self.take_candidate = take_candidate
        self.refusals = {}
        # An event by method, without which its requests get no answer.
        self.held = {}
        self.requests = []
        self.closed_connections = 0
        # The sub-protocols that the latest page offered.
        self.offered = ""
        self.capabilities = {}
        # Those that the relay has a key for.
        self.providers = ["did", "heygen"]
        # The place in the provider's queue in which an opening stays; None where there is one free.
        self.queue_position = None
        self.socket = None
        self.seq = 0
        self.talks = 0
        self.arrived = asyncio.Condition()
        self._handlers = {
            "session.open": self._open,
            "session.answer": self._accept,
            "session.candidate": self._candidate,
            "session.report": self._report,
            "session.speak": self._speak,
            "session.extend": self._extend,
            "session.close": self._close,
        }

    async def __aenter__(self):
        self.server = await serve(
            self._connection, "127.0.0.1", 0, subprotocols=["avatar-relay.v1"], process_request=self._page
        )
        self.port = self.server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/console/"
        return self

    async def __aexit__(self, *_):
        self.server.close()
        await self.server.wait_closed()

    async def wait_for(self, condition, seconds=60):
        """Waits until something is true of what was asked so far."""
        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(condition), seconds)

    def asked(self, method):
        return [request for request in self.requests if request["method"] == method]

    async def notify(self, method, **params):
        self.seq += 1
        await self._send({"method": method, "params": {"session": self.session, "seq": self.seq, **params}})

    async def end(self, reason, action):
        await self.notify("session.state", state="closing")
        await self.notify("session.state", state="closed")
        await self.notify("session.closed", reason=reason, action=action)

    def _page(self, connection, request):
        if request.path.startswith("/v1/signaling"):
            return None
        if request.path == "/v1/providers":
            offered = json.dumps({"providers": self.providers, "mock": False})
            answer = connection.respond(http.HTTPStatus.OK, offered)
            del answer.headers["Content-Type"]
            answer.headers["Content-Type"] = "application/json"
            return answer
        path = request.path.split("?")[0]
        # The page as users get it; that of the provider's side is no part of it.
        folder = WEB if path.startswith("/tests/") else Path(os.environ["BUILT_PAGE"])
        file = folder / path.lstrip("/")
        if path.endswith("/"):
            file = file / "index.html"
        if not file.is_file() or ".." in path:
            return connection.respond(http.HTTPStatus.NOT_FOUND, "no such file\n")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        body = file.read_bytes()
        headers = Headers([("Content-Type", kind), ("Content-Length", str(len(body))), ("Connection", "close")])
        headers["Content-Security-Policy"] = POLICY
        return Response(200, "OK", headers, body)

    async def _connection(self, socket):
        self.socket, self.seq = socket, 0
        self.offered = socket.request.headers.get("Sec-WebSocket-Protocol", "")
        # A page that goes says goodbye and does not wait for the answer.
        with contextlib.suppress(ConnectionClosed):
            async for text in socket:
                await self._answer(json.loads(text))
        async with self.arrived:
            self.closed_connections += 1
            self.arrived.notify_all()

    async def _send(self, message):
        await self.socket.send(json.dumps({"jsonrpc": "2.0", **message}))

    async def _answer(self, request):
        method, params = request["method"], request.get("params", {})
        if method in self.held:
            await self.held[method].wait()
        refusals = self.refusals.get(method)
        if refusals:
            await self._send({"id": request["id"], "error": refusals.pop(0)})
        else:
            handler = self._handlers.get(method)
            if handler:
                await handler(request["id"], params)
            else:
                await self._send({"id": request["id"], "result": {}})
        async with self.arrived:
            self.requests.append(request)
            self.arrived.notify_all()

    async def _open(self, id, params):
        if self.queue_position is not None:
            await self._send({"method": "request.queued", "params": {"id": id, "position": self.queue_position}})
            return
        result = opened_result(params["provider"])
        result["capabilities"] = {**result["capabilities"], **self.capabilities}
        self.session = result["session"]
        if self.make_offer:
            result["offer"] = {"type": "offer", "sdp": await self.make_offer(params["provider"])}
            result["iceServers"] = []
        await self._send({"id": id, "result": result})
        await self.notify("session.state", state="offered")

    async def _accept(self, id, params):
        await self.notify("session.state", state="answering")
        if self.take_answer:
            await self.take_answer(params["answer"]["sdp"])
        await self._send({"id": id, "result": {}})
        await self.notify("session.state", state="connecting")

    async def _candidate(self, id, params):
        if self.take_candidate:
            await self.take_candidate(params["candidate"])
        await self._send({"id": id, "result": {}})

    async def _report(self, id, params):
        await self._send({"id": id, "result": {}})
        if params.get("iceConnectionState") == "connected":
            await self.notify("session.state", state="live")
        told = params.get("dataChannelMessage", "")
        if told.startswith("stream/started") or "avatar_start_talking" in told:
            await self.notify("session.talk", talk=f"tlk_{self.talks}", phase="started", estimated=False)
        if told.startswith("stream/done") or "avatar_stop_talking" in told:
            await self.notify("session.talk", talk=f"tlk_{self.talks}", phase="ended", estimated=False)

    async def _speak(self, id, params):
        self.talks += 1
        talk = f"tlk_{self.talks}"
        if params.get("open"):
            await self._send({"id": id, "result": {"talk": talk}})
            await self.notify("session.talk", talk=talk, phase="accepted")
            return
        await self._send({"id": id, "result": {"talk": talk, "durationMs": 2350}})
        await self.notify("session.talk", talk=talk, phase="accepted", durationMs=2350)

    async def _extend(self, id, params):
        await self._send({"id": id, "result": {"expiresInMs": 180000}})

    async def _close(self, id, params):
        await self.notify("session.state", state="closing")
        await self._send({"id": id, "result": {}})
        await self.notify("session.state", state="closed")
        await self.notify("session.closed", reason="client", action="stop")
