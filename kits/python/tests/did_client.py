"""Makes D-ID's calls as a user's code would, with an answer that fits the offer and behind which nobody is."""

import json
import re
import urllib.error
import urllib.request


def call(url, method, path, body=None, key="any-key", headers=None):
    request = urllib.request.Request(
        f"{url}{path}", method=method, data=json.dumps(body or {}).encode(),
        headers={"Authorization": f"Basic {key}", "Content-Type": "application/json", **(headers or {})})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as reply:
            return reply.status, json.loads(reply.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


class Stream:
    """A stream that is open."""

    def __init__(self, url, **caller):
        self.url, self.caller = url, caller
        status, created = call(url, "POST", "/talks/streams", {"source_url": "https://avatar.example/anna.png"}, **caller)
        assert status == 201, created
        self.id, self.session, self.offer = created["id"], created["session_id"], created["offer"]["sdp"]

    def connect(self):
        answer = {"answer": {"type": "answer", "sdp": answer_to(self.offer)}, "session_id": self.session}
        assert call(self.url, "POST", f"/talks/streams/{self.id}/sdp", answer, **self.caller)[0] == 200
        assert call(self.url, "POST", f"/talks/streams/{self.id}/ice", {"session_id": self.session}, **self.caller)[0] == 200

    def speak(self, text):
        script = {"script": {"type": "text", "input": text}, "session_id": self.session}
        return call(self.url, "POST", f"/talks/streams/{self.id}", script, **self.caller)

    def close(self):
        return call(self.url, "DELETE", f"/talks/streams/{self.id}", {"session_id": self.session}, **self.caller)


def answer_to(offer):
    """The offer with a client's own lines."""
    lines = []
    for line in offer.splitlines():
        if line.startswith("a=setup:"):
            line = "a=setup:active"
        elif line in ("a=sendonly", "a=sendrecv"):
            line = "a=recvonly"
        elif re.match("a=(candidate:|end-of-candidates|ice-lite|msid|ssrc)", line):
            continue
        lines.append(line)
    return "\r\n".join(lines) + "\r\n"
