"""Makes the vendors' own calls as a script does that knows nothing of a relay: the same paths, bodies and headers."""

import json
import urllib.error
import urllib.request

from .secret_watch import WATCH
from support.waiting import PATIENCE

PHOTO = "https://create-images-results.d-id.com/DefaultPresenters/Emma_f/v1_image.jpeg"
CANDIDATE = {"candidate": "candidate:1 1 udp 2122260223 127.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
JSON = {"Content-Type": "application/json"}


class Reply:
    """What came back, whatever it says."""

    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text
        WATCH.heard(text + str(headers))

    @property
    def json(self):
        return json.loads(self.text)


def call(url, method="POST", body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    fields = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, method=method, data=data, headers=fields)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE) as reply:
            return Reply(reply.status, reply.headers, reply.read().decode())
    except urllib.error.HTTPError as error:
        return Reply(error.code, error.headers, error.read().decode())


def answer_to(offer):
    """What a browser might answer; nobody is behind it."""
    sdp = offer["sdp"].replace("a=setup:actpass", "a=setup:active")
    for one, other in (("a=sendonly", "a=recvonly"), ("a=sendrecv", "a=recvonly")):
        sdp = sdp.replace(one, other)
    return {"type": "answer", "sdp": sdp}


class DIDScript:
    """D-ID's five calls; the id of the stream and its `session_id` as they came."""

    vendor = "did"
    limit = (403, "Max user sessions reached")
    gone = (404, "stream_id doesn't exits or not owened by the user")

    def __init__(self, base, **headers):
        self.streams = f"{base}/talks/streams"
        self.headers = headers or {"Authorization": "Basic any-key"}
        self.id, self.session, self.created = None, None, None

    def call(self, path, body=None, method="POST"):
        return call(f"{self.streams}{path}", method, body, **self.headers)

    def open(self, **options):
        body = {"source_url": PHOTO} | options
        reply = self.call("", {name: value for name, value in body.items() if value is not None})
        if reply.status == 201:
            self.created = reply.json
            self.id, self.session = self.created["id"], self.created["session_id"]
        return reply

    def answer(self):
        return self.call(f"/{self.id}/sdp", {"answer": answer_to(self.created["offer"]), "session_id": self.session})

    def candidate(self):
        return self.call(f"/{self.id}/ice", CANDIDATE | {"sdpMid": "a", "session_id": self.session})

    def end_of_candidates(self):
        return self.call(f"/{self.id}/ice", {"session_id": self.session})

    def speak(self, text="I am the words of the script.", **more):
        return self.call(f"/{self.id}", {"script": {"type": "text", "input": text}, "session_id": self.session} | more)

    def close(self):
        return self.call(f"/{self.id}", {"session_id": self.session}, "DELETE")

    @staticmethod
    def words(reply):
        """Of an error."""
        return reply.json["description"]


class AgentScript(DIDScript):
    """The same five calls for the streams of an agent, which names no picture."""

    def __init__(self, base, **headers):
        super().__init__(base, **headers)
        self.streams = f"{base}/agents/agt_1/streams"

    def open(self, **options):
        return super().open(**({"source_url": None} | options))


class HeyGenScript:
    """HeyGen's calls of v1."""

    vendor = "heygen"
    limit = (400, "Concurrent limit reached, please upgrade your plan for formal usage.")
    gone = (400, "session state wrong: closed")

    def __init__(self, base, **headers):
        self.base = f"{base}/v1/streaming"
        self.headers = headers or {"X-Api-Key": "any-key"}
        self.id, self.created = None, None

    def call(self, name, **body):
        return call(f"{self.base}.{name}", "POST", ({"session_id": self.id} if self.id else {}) | body, **self.headers)

    def open(self, **options):
        reply = call(f"{self.base}.new", "POST", {"quality": "high"} | options, **self.headers)
        if reply.status == 200:
            self.created = reply.json["data"]
            self.id = self.created["session_id"]
        return reply

    def answer(self):
        return self.call("start", sdp=answer_to(self.created["sdp"]))

    def candidate(self):
        return self.call("ice", candidate=CANDIDATE | {"usernameFragment": "L6Ce"})

    def speak(self, text="I am the words of the script.", **more):
        return self.call("task", text=text, **more)

    def close(self):
        return self.call("stop")

    @staticmethod
    def words(reply):
        return reply.json["message"]


SCRIPTS = {script.vendor: script for script in (DIDScript, HeyGenScript)}
# Whatever sessions are opened by.
SERVICES = SCRIPTS | {"agents": AgentScript}
