"""The OpenAPI documents of the mock are true of the program: what they call valid is taken, what they do not is refused,
and every answer, forced ones too, is one that they describe (docs/mock.md, "Descriptions")."""

import json
import urllib.parse
import urllib.request

import hypothesis
import jsonschema_rs
import pytest
import schemathesis
from contracts.mock_sessions import KEY, Session, answer, text
from schemathesis import GenerationMode, checks
from support.mock_program import running_mock
from support.waiting import PATIENCE

DOCUMENTS = {"control": "openapi.json", "did": "openapi/did.json", "heygen": "openapi/heygen.json"}
CONFORMING = [
    checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance,
    checks.response_headers_conformance,
]
# The same cases in every run, and few enough of them that all runs together take half a minute.
EXAMPLES = 5
# Values of every path.
ANYTHING = {"id": "strm_1", "agent": "ann", "chat": "cht_1", "rating": "rtg_1"}


def bounded(test, examples=EXAMPLES):
    settings = hypothesis.settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    return hypothesis.seed(13)(settings(test))


@pytest.fixture(scope="module")
def mock():
    with running_mock("--media", "none") as mock:
        yield mock


class Described:
    """One of the documents, with its operations by their ids."""

    def __init__(self, mock, name):
        self.mock = mock
        self.name = name
        self.document = mock.get(DOCUMENTS[name])
        found = schemathesis.openapi.from_dict(self.document).get_all_operations()
        self.operations = {}
        for result in found:
            operation = result.ok()
            self.operations[operation.definition.raw["operationId"]] = operation

    def can_succeed(self, name):
        return any(status.startswith("2") for status in self.operations[name].definition.raw["responses"])

    def tried(self):
        """All but the preflights, which every path has; and what would stop the mock's clock from being of use."""
        return [name for name in self.operations if not name.startswith("preflight.")]

    def prepared(self, name, case, session):
        """The case about a session that exists, where its call is about one."""
        if self.name == "did" and case.path_parameters:
            known = {"agent": "ann"} | (session.named if session else {})
            case.path_parameters = {part: known[part] for part in case.path_parameters}
        for member, value in (("session_id", "name"), ("sessionId", "name"), ("streamId", "id")):
            if isinstance(case.body, dict) and member in case.body and session:
                case.body[member] = getattr(session, value)
        if isinstance(case.body, dict) and name.split(".")[-1] in ("sdp", "start"):
            described = case.body.get("answer") if self.name == "did" else case.body.get("sdp")
            if isinstance(described, dict) and isinstance(described.get("sdp"), str):
                described["sdp"] = answer(session.offer)
        if self.name == "control" and isinstance(case.body, dict) and "session" in case.body and name == "setMedia":
            case.body["session"] = session.id
        if self.name == "control":
            self.prepare_control(name, case)
        return case

    def prepare_control(self, name, case):
        """One scenario for all cases, named once, since their number is bounded; and nobody waits for what does not come."""
        if case.headers:
            case.headers.pop("X-Mock-Scenario", None)
        if name == "setMedia" and case.query:
            case.query.pop("scenario", None)
        elif case.query and "scenario" in case.query and isinstance(case.query["scenario"], str):
            case.query["scenario"] = "tests"
        if name in ("wait", "waitForSessions"):
            if not isinstance(case.body, (dict, list, str, int, float, bool)) and case.body is not None:
                case.body = {}
            if isinstance(case.body, dict) and isinstance(case.body.get("timeoutMs", 1), (int, float)):
                case.body["timeoutMs"] = min(case.body.get("timeoutMs", 1), 1)
        if isinstance(case.body, dict) and all(isinstance(case.body.get(key), (int, float)) for key in ("atLeast", "atMost")):
            case.body["atMost"] = max(case.body["atLeast"], case.body["atMost"])

    def session(self, name):
        """A stream or session that the call can be about; None where the call is about none."""
        word = name.split(".")[-1]
        if self.name == "control":
            return Session(self.mock, "heygen") if name == "setMedia" else None
        if word in ("create", "new", "createToken", "list", "listV2", "avatarList"):
            return None
        if word in ("get", "runtime", "speechToken", "clientKey", "newChat", "openRoom"):
            return None
        prefix = {"talks": "talks", "clips": "clips", "agents": "agents/ann"}.get(name.split(".")[0], "")
        return Session(self.mock, self.name, prefix, connected=word not in ("sdp", "start"))

    def send(self, case):
        return case.call(base_url=self.mock.api, headers=KEY if self.name != "control" else None, timeout=PATIENCE)

    def check(self, name, case, reply, forced=False):
        """Status, media type, body and header fields are as described."""
        response = self.operations[name].definition.raw["responses"].get(str(reply.status_code), {})
        case.validate_response(reply, checks=CONFORMING)
        assert forced or "x-only-by-fault" not in response, f"{name}: {reply.status_code} without a fault"

    def is_valid(self, name, body, query):
        """Whether a body and a query, as they were sent, are what the operation takes; what a generator meant to be wrong may
        not be so on its way: a list without elements is no part of a query."""
        raw = self.operations[name].definition.raw
        known = {each["name"]: each["schema"] for each in raw.get("parameters", []) if each["in"] == "query"}
        for part, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
            # A vendor takes no notice of what it does not know.
            if part not in known and self.name == "control":
                return False
            if part in known and not jsonschema_rs.is_valid(known[part], value):
                return False
        if "requestBody" not in raw:
            return True
        schema = raw["requestBody"]["content"]["application/json"]["schema"]
        if isinstance(body, bytes):
            # White space alone is no body on its way.
            body = json.loads(body) if body.strip() else schemathesis.core.NOT_SET
        if body is schemathesis.core.NOT_SET:
            return not raw["requestBody"]["required"]
        return jsonschema_rs.is_valid({**schema, "components": self.document["components"]}, body)


def taken(reply):
    """Whether what was asked was understood; what is expected of calls may be not so (409)."""
    return reply.status_code < 300 or reply.status_code == 409 and reply.json().get("error", {}).get("code") == "unmet"


def take_what_is_valid(described, examples):
    for name in filter(described.can_succeed, described.tried()):

        @hypothesis.given(case=described.operations[name].as_strategy(generation_mode=GenerationMode.POSITIVE))
        def take(case):
            described.mock.reset()
            case = described.prepared(name, case, described.session(name))
            reply = described.send(case)
            assert taken(reply), f"{name}: {reply.status_code} {reply.text} to {text(case.body)} {case.query}"
            described.check(name, case, reply)

        bounded(take, examples)()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_valid_is_taken(mock, document):
    take_what_is_valid(Described(mock, document), EXAMPLES)


@pytest.mark.parametrize("settings", [
    ("--did-replies", "2023", "--did-delete-reply", "nothing", "--heygen-replies", "2024"),
    ("--did-replies", "2025", "--did-delete-reply", "empty-string", "--heygen-replies", "2025", "--ice-servers", "loopback"),
], ids=["older", "newer"])
def test_replies_of_a_year_are_described_as_such(settings):
    with running_mock("--media", "none", *settings) as mock:
        take_what_is_valid(Described(mock, "did"), 1)
        take_what_is_valid(Described(mock, "heygen"), 1)


@pytest.mark.parametrize("setting", ["--strict", "--lenient"])
def test_what_is_valid_depends_on_the_setting(setting):
    with running_mock("--media", "none", setting) as mock:
        take_what_is_valid(Described(mock, "did"), 1)
        take_what_is_valid(Described(mock, "heygen"), 1)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_invalid_is_refused(mock, document):
    described = Described(mock, document)
    for name in described.tried():
        operation = described.operations[name]
        if "requestBody" not in operation.definition.raw and not operation.query:
            continue

        @bounded
        @hypothesis.given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        def refuse(case):
            mock.reset()
            case = described.prepared(name, case, described.session(name))
            reply = described.send(case)
            described.check(name, case, reply)
            if taken(reply):
                query = urllib.parse.urlsplit(reply.request.url).query
                assert described.is_valid(name, case.body, query), f"{name}: taken: {text(case.body)} {query}"

        refuse()


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b'{"a":1,"a":2}', b"[" * 2000], ids=range(6))
def test_what_is_no_object_is_refused(mock, document, body):
    described = Described(mock, document)
    for name in described.tried():
        operation = described.operations[name]
        if "requestBody" not in operation.definition.raw:
            continue
        case = operation.Case(path_parameters=dict(ANYTHING), body={}, media_type="application/json")
        url = mock.api + case.formatted_path
        request = urllib.request.Request(url, data=body, method=operation.method.upper(), headers=KEY)
        try:
            with mock.opener.open(request, timeout=PATIENCE) as reply:
                status = reply.status
        except urllib.error.HTTPError as error:
            status = error.code
            json.loads(error.read())
        assert status == 400, f"{name}: {status}"


@pytest.mark.parametrize("vendor", ["did", "heygen"])
def test_every_error_of_the_table_is_described(mock, vendor):
    described = Described(mock, vendor)
    for error in mock.get("errors")[vendor]:
        mock.reset()
        mock.fault(f"{vendor}.*", error=error["name"], times=len(described.tried()))
        for name in described.tried():
            operation = described.operations[name]
            body = {} if "requestBody" in operation.definition.raw else schemathesis.core.NOT_SET
            case = operation.Case(path_parameters=dict(ANYTHING), body=body, media_type="application/json")
            reply = described.send(case)
            assert reply.status_code == error["status"]
            described.check(name, case, reply, forced=True)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_answers_a_preflight(mock, document):
    described = Described(mock, document)
    for name, operation in described.operations.items():
        if not name.startswith("preflight."):
            continue
        case = operation.Case(path_parameters=dict(ANYTHING))
        reply = case.call(base_url=mock.api, headers={"Origin": "http://localhost:5173", "Access-Control-Request-Method": "POST"})
        assert reply.status_code == 204
        described.check(name, case, reply)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_stranger_is_refused_as_described(mock, document):
    described = Described(mock, document)
    for name in described.tried():
        case = described.operations[name].Case(path_parameters=dict(ANYTHING), media_type="application/json")
        reply = case.call(base_url=mock.api, headers={"Origin": "https://stranger.example"})
        assert reply.status_code == 403
        described.check(name, case, reply)
