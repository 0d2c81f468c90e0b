"""Makes streams and sessions at a mock, for calls that are about one."""

import json

import requests
from support.waiting import PATIENCE

KEY = {"Authorization": "Basic any-key", "X-Api-Key": "any-key"}


def answer(offer):
    """An answer as a browser would write it."""
    lines = offer.splitlines()
    mids = [line.removeprefix("a=mid:") for line in lines if line.startswith("a=mid:")]
    sdp = ["v=0", "o=- 42 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE " + " ".join(mids)]
    for section, mid in zip([line for line in lines if line.startswith("m=")], mids):
        sdp += [
            section, "c=IN IP4 0.0.0.0", f"a=mid:{mid}", "a=ice-ufrag:L6Ce", "a=ice-pwd:abcdefghijklmnopqrstuvwx",
            "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), "a=setup:active", "a=recvonly",
        ]
    return "".join(line + "\r\n" for line in sdp)


class Session:
    """One at the mock, with what its calls need."""

    def __init__(self, mock, vendor, prefix="talks", connected=True):
        self.mock = mock
        self.vendor = vendor
        self.prefix = prefix
        if vendor == "did":
            kind = prefix.split("/")[0]
            body = {"talks": {"source_url": "https://e.com/a.jpg"}, "clips": {"presenter_id": "amy"}}.get(kind, {})
            made = self.post(f"/{prefix}/streams", body)
            self.id, self.name = made["id"], made["session_id"]
            self.offer = (made.get("offer") or made.get("jsep"))["sdp"]
            self.named = {"id": self.id, **self.chat(prefix)}
        else:
            made = self.post("/v1/streaming.new", {})["data"]
            self.id = self.name = made["session_id"]
            self.offer = made["sdp"]["sdp"]
        if connected:
            self.connect()

    def chat(self, prefix):
        """One with the stream's agent, and a rating in it; nothing where it has none."""
        if not prefix.startswith("agents/"):
            return {}
        chat = self.post(f"/{prefix}/chat", {})["id"]
        rating = self.post(f"/{prefix}/chat/{chat}/ratings", {"message_id": "m", "score": 1})["id"]
        return {"chat": chat, "rating": rating}

    def post(self, path, body):
        reply = requests.post(self.mock.api + path, json=body, headers=KEY, timeout=PATIENCE)
        assert reply.ok, f"{path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def connect(self):
        described = {"type": "answer", "sdp": answer(self.offer)}
        if self.vendor == "did":
            stream = f"/{self.prefix}/streams/{self.id}"
            self.post(f"{stream}/sdp", {"answer": described, "session_id": self.name})
            self.post(f"{stream}/ice", {"session_id": self.name})
        else:
            self.post("/v1/streaming.start", {"session_id": self.name, "sdp": described})
            self.post("/v1/streaming.ice", {"session_id": self.name, "candidate": None})


def text(value):
    """A body for a message of a failed test."""
    return json.dumps(value, ensure_ascii=True, default=str)[:2000]
