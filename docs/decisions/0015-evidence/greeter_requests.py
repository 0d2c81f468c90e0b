"""The client under test of both files: calls D-ID by `requests`, as a user's own code may."""

import requests
class Greeter:
    def __init__(self, url, key): self.url, self.key = url, key
    def __enter__(self): self._open(); return self
    def __exit__(self, *_): self._call("DELETE", f"/{self.stream}", {"session_id": self.session})
    def greet(self, name):
        speak = {"script": {"type": "text", "input": f"Hello, {name}!"}}
        if self._call("POST", f"/{self.stream}", speak | {"session_id": self.session})[0] != 200:
            self._open()
            self._call("POST", f"/{self.stream}", speak | {"session_id": self.session})
    def _open(self):
        for _ in range(2):
            status, stream = self._call("POST", "", {"source_url": "https://avatar.example/anna.png"})
            if status == 201: break
        else: raise ConnectionError(stream)
        self.stream, self.session = stream["id"], stream["session_id"]
        lines = [l for l in stream["offer"]["sdp"].splitlines() if not l.startswith(("a=candidate", "a=ice-lite", "a=msid", "a=ssrc"))]
        sdp = "\r\n".join(lines).replace("a=setup:actpass", "a=setup:active").replace("a=sendonly", "a=recvonly").replace("a=sendrecv", "a=recvonly")
        self._call("POST", f"/{self.stream}/sdp", {"answer": {"type": "answer", "sdp": sdp + "\r\n"}, "session_id": self.session})
        self._call("POST", f"/{self.stream}/ice", {"session_id": self.session})
    def _call(self, method, path, body):
        reply = requests.request(method, f"{self.url}/talks/streams{path}", json=body, headers={"Authorization": f"Basic {self.key}"})
        return reply.status_code, reply.json() if reply.content else None
