"""Speaks to a running mock: what was called, what goes wrong next, what time it is."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .matching import match_of
from .matching import pattern as expression

# How long a request may take beyond what the mock was asked to wait, in seconds.
_MARGIN = 30
_HEADER = "X-Mock-Scenario"


class MockError(Exception):
    """The mock refused what it was asked for; the message is its own."""


@dataclass(frozen=True)
class Call:
    """A call that the mock saw, without its secrets."""

    number: int
    name: str | None
    method: str
    path: str
    # 0 where the connection was dropped instead of an answer; None until the mock has decided.
    status: int | None
    session: str | None
    body: Any
    # By names in lower case; secrets as fingerprints.
    headers: dict[str, str]
    # What is to be spoken, at either vendor.
    text: str | None
    # Why the mock refused it.
    note: str | None
    # Milliseconds on the mock's clock since its start or the last reset: when the request was there, and when its answer
    # left, which is None until then.
    time_ms: int
    answered_ms: int | None
    entry: dict[str, Any]

    @staticmethod
    def of(entry: dict[str, Any]) -> Call:
        return Call(
            number=entry["number"], name=entry["call"], method=entry["method"], path=entry["path"],
            status=entry["status"], session=entry["session"], body=entry["body"], headers=entry["headers"],
            text=entry.get("text"), note=entry.get("note"), time_ms=entry["timeMs"], answered_ms=entry["answeredMs"],
            entry=entry)


class Clock:
    """The mock's clock: idle limits, talks and delayed answers go by it."""

    def __init__(self, mock: AvatarMock):
        self._mock = mock

    def advance(
        self, *, milliseconds: float = 0, seconds: float = 0, minutes: float = 0, hours: float = 0
    ) -> float:
        """Moves the time forward.

        :returns: the seconds since the mock's start, or its last reset.
        """
        total = milliseconds + 1000 * (seconds + 60 * (minutes + 60 * hours))
        return self._mock.admin("POST", "clock", {"advanceMs": round(total)})["elapsedMs"] / 1000

    def stop(self) -> None:
        """Stops the time; `advance` still moves it."""
        self._mock.admin("POST", "clock", {"running": False})

    def resume(self) -> None:
        """Lets the time go on from where it was stopped."""
        self._mock.admin("POST", "clock", {"running": True})

    @property
    def elapsed(self) -> float:
        """Seconds since the mock's start, or its last reset."""
        return self._mock.admin("GET", "clock")["elapsedMs"] / 1000


class AvatarMock:
    """A mock of D-ID's and HeyGen's streaming APIs that is running at `url`, or a scenario of it."""

    def __init__(self, url: str, scenario: str | None = None):
        #: Where both vendors answer; `did_url` and `heygen_url` are for code that says which one it means.
        self.url = self.did_url = self.heygen_url = url.rstrip("/")
        self.clock = Clock(self)
        #: The header of calls that belong to the scenario; none for the mock as a whole.
        self.headers: dict[str, str] = {} if scenario is None else {_HEADER: scenario}
        #: The key of calls that belong to the scenario, for code whose header cannot be set.
        self.key = "any" if scenario is None else scenario
        # A proxy of the environment has no business between two programs of this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def admin(self, method: str, path: str, body: Any = None, timeout: float = _MARGIN) -> Any:
        """A request of the control surface, `/__admin/…` (docs/mock.md).

        :raises MockError: with the mock's own words where it refuses.
        :raises AssertionError: where what was expected is not so.
        """
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/__admin/{path}", method=method, data=data,
            headers={"Content-Type": "application/json", **self.headers})
        try:
            with self._opener.open(request, timeout=timeout) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            words = error.read().decode(errors="replace")
            if error.code == 409:
                raise AssertionError(json.loads(words)["error"]["message"]) from None
            raise MockError(f"{method} {path}: {error.code} {words}") from None

    # What was called

    def calls(self, call: str = "*", **expectations: Any) -> list[Call]:
        """The calls that match, oldest first. `call` is a name as `did.speak`, or `did.*`, `heygen.*`, `*`."""
        return _calls(self.admin("POST", "requests/find", match_of(call, expectations)))

    def wait_for(
        self, call: str, *, count: int = 1, timeout: float = 10, stage: str = "arrived", **expectations: Any
    ) -> Call:
        """Waits until as many calls match.

        :param stage: `arrived`, or `answered` where their answers have to have left.
        :param expectations: `text`, `session`, `status`, `path`, `note`, `method`, `body` or `headers`, alone or with
            `__contains`, `__pattern` or `__present` behind it; `body` and `headers` also as a dictionary of paths, as
            `{"script.input": contains("Hello")}`.
        :returns: the last of them.
        :raises AssertionError: when the time is over; the message names the nearest calls.
        """
        wanted = {"count": count, "timeoutMs": round(1000 * timeout), "stage": stage}
        found = _calls(self.admin("POST", "requests/wait", match_of(call, expectations) | wanted, timeout + _MARGIN))
        return found[count - 1]

    def verify(
        self, call: str, *, count: int | None = None, stage: str = "arrived", **expectations: Any
    ) -> list[Call]:
        """Asserts that calls match: so many of them, or one at least. `count=0` says that there was none."""
        wanted = match_of(call, expectations) | {"stage": stage} | ({} if count is None else {"count": count})
        return _calls(self.admin("POST", "requests/verify", wanted))

    def verify_order(self, *calls: str | Mapping[str, Any]) -> list[Call]:
        """Asserts that calls came in this order; others may lie between. Each is a name, or what `match` makes."""
        return _calls(self.admin("POST", "requests/order", {"calls": list(calls)}))

    def verify_no_open_sessions(self, timeout: float = 5) -> None:
        """Asserts that every session was closed; a close that is on its way has some time to arrive."""
        self.admin("POST", "sessions/wait", {"open": 0, "timeoutMs": round(1000 * timeout)}, timeout + _MARGIN)

    def sessions(self, state: str | None = None) -> list[dict[str, Any]]:
        """The sessions with state, limits and talks; `state` is `open`, `connected`, `ended` or another of docs/mock.md."""
        query = f"?{urllib.parse.urlencode({'state': state})}" if state else ""
        return self.admin("GET", f"sessions{query}")["sessions"]

    # What happens next

    def fault(self, call: str, **effect: Any) -> None:
        """Makes the next calls go wrong: `error="maxUserSessions"`, `status=429, body=…`, `drop=True`, `delayMs=5000`,
        each with `times`, `skip`, `session`, `takesEffect`, `after`, `where`, `inState`, `newState` (docs/mock.md, "Faults")."""
        self.admin("POST", "faults", {"call": call, **effect})

    def message_fault(self, message: str, fate: str, **more: Any) -> None:
        """Makes the next messages of the data channel, or of an agent's notifications socket, go wrong: `stream/started`, `stream/done` and others, or `*`, are
        `lost`, `late` (with `delayMs`), `twice` or `swapped`, each with `times`, `skip`, `session`."""
        self.admin("POST", "messages", {"message": message, "fate": fate, **more})

    def answer(
        self, text: str | None = None, *, contains: str | None = None, pattern: str | re.Pattern[str] | None = None, **more: Any
    ) -> None:
        """Has D-ID's agents answer so from now on: to questions with `contains` in them, in which `pattern` is found, or to all;
        `parts=[…]` in place of the text, `error=…`, `delayMs`, `matches`, `chatMode`, `video`, `agent`, `times` (docs/mock.md, "What
        agents answer")."""
        found = None if pattern is None else expression(pattern).wanted
        rule = {"text": text, "contains": contains, "pattern": found} | more
        self.admin("POST", "agents/answers", {name: value for name, value in rule.items() if value is not None})

    def answer_next(self, text: str | None = None, **more: Any) -> None:
        """Has an agent answer the next question so, whatever `answer` says of it."""
        self.answer(text, times=1, **more)

    def set_chat_mode(self, mode: str) -> None:
        """Has all agents answer in a mode: `TextOnly` as without credits, `Maintenance`, `Functional` again."""
        self.admin("POST", "agents", {"chatMode": mode})

    def reset(self) -> None:
        """Ends and forgets all sessions, faults and calls, and begins anew: the clock runs and shows zero, and the same calls
        get the same ids as at the start."""
        self.admin("POST", "reset", {})

    # Who shares it

    def scenario(self, name: str) -> Scenario:
        """A world of its own in this mock: calls with its `headers`, or with its `key`, are seen and felt in no other."""
        return Scenario(self.url, name)


class Scenario(AvatarMock):
    """A scenario of a mock that is shared. It ends with `close`, or as a context manager."""

    def __init__(self, url: str, name: str):
        # The name stands in a header field.
        self.name = "".join(character if " " <= character <= "~" else "?" for character in name).strip()[:200]
        super().__init__(url, self.name)
        # It is there from now on, so that its key is known.
        self.admin("GET", "clock")

    def close(self) -> None:
        """Ends it, with all of its sessions."""
        self.admin("DELETE", "scenarios")

    def __enter__(self) -> Scenario:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _calls(reply: dict[str, Any]) -> list[Call]:
    return [Call.of(entry) for entry in reply["requests"]]
