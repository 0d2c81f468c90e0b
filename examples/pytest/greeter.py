"""A small client of D-ID's streams: what a user's own code may look like."""

import json
import urllib.error
import urllib.request


class Greeter:
    """Keeps a stream open, and lets its face greet people."""

    def __init__(self, url, key):
        self.url, self.key = url, key

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, *_):
        self._call("DELETE", f"/{self.stream}", {"session_id": self.session})

    def greet(self, name):
        speak = {"script": {"type": "text", "input": f"Hello, {name}!"}}
        status, _ = self._call("POST", f"/{self.stream}", speak | {"session_id": self.session})
        if status != 200:
            # The stream has ended meanwhile: D-ID ends it after five silent minutes.
            self._open()
            self._call("POST", f"/{self.stream}", speak | {"session_id": self.session})

    def _open(self):
        for _ in range(2):
            status, stream = self._call("POST", "", {"source_url": "https://avatar.example/anna.png"})
            if status == 201:
                break
        else:
            raise ConnectionError(stream)
        self.stream, self.session = stream["id"], stream["session_id"]
        # A real client hands the offer to a browser; here its own lines come back as an answer.
        lines = [line for line in stream["offer"]["sdp"].splitlines() if not line.startswith(("a=candidate", "a=ice-lite", "a=msid", "a=ssrc"))]
        sdp = "\r\n".join(lines).replace("a=setup:actpass", "a=setup:active").replace("a=sendonly", "a=recvonly").replace("a=sendrecv", "a=recvonly")
        self._call("POST", f"/{self.stream}/sdp", {"answer": {"type": "answer", "sdp": sdp + "\r\n"}, "session_id": self.session})
        self._call("POST", f"/{self.stream}/ice", {"session_id": self.session})

    def _call(self, method, path, body):
        request = urllib.request.Request(
            f"{self.url}/talks/streams{path}", method=method, data=json.dumps(body).encode(),
            headers={"Authorization": f"Basic {self.key}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, json.loads(reply.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")
