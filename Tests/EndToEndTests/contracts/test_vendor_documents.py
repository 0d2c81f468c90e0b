"""What is valid by the vendors' own OpenAPI documents is taken by the mock, and what it answers fits them.

The documents are the vendors' and no part of the project: they lie in `shared/contracts` beside it, and without them there
is nothing to compare with.
"""

import json
import re

import hypothesis
import jsonschema_rs
import pytest
import requests
import schemathesis
import yaml
from contracts.mock_sessions import KEY, Session, answer, text
from contracts.test_descriptions import bounded
from schemathesis import GenerationMode
from support.mock_program import running_mock
from support.relay_program import ROOT
from support.waiting import PATIENCE

DOCUMENTS = ROOT.parent / "shared/contracts"
DID = DOCUMENTS / "did-streams-openapi-4.2.1.json"
HEYGEN = DOCUMENTS / "heygen-streaming-openapi-1.0.4.yml"
EXAMPLES = 12


def document(path):
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {DOCUMENTS}")
    written = path.read_text()
    # HeyGen's has a type that is none.
    return json.loads(written) if path == DID else yaml.safe_load(written.replace("type: float", "type: number"))


class Vendor:
    """Calls of one document at a mock whose replies are of its year."""

    def __init__(self, mock, name, path):
        self.mock = mock
        self.name = name
        self.document = document(path)
        schema = schemathesis.openapi.from_dict(self.document)
        self.operations = [result.ok() for result in schema.get_all_operations()]

    def about(self, operation):
        """A session for the call; None where it opens one."""
        path = operation.path
        if path.endswith("/streams") or path.endswith(".new"):
            return None
        prefix = "agents/ann" if path.startswith("/agents") else path.split("/")[1]
        return Session(self.mock, self.name, prefix, connected=not path.endswith(("/sdp", ".start")))

    def sensible(self, case, session):
        """What a document calls a text, or a number, is one of something: an address of a picture, an id, an answer. And what
        HeyGen's calls nowhere required is what a call cannot be without."""
        body = case.body
        if self.name == "did":
            case.path_parameters = {"agentId": "ann", "id": session and session.id, "streamId": session and session.id}
        if session:
            body["session_id"] = session.name
        if "source_url" in body:
            body["source_url"] = "https://e.com/a.jpg"
        if "presenter_id" in body:
            body["presenter_id"] = body["presenter_id"] or "amy"
        if case.path.endswith(".task"):
            body["text"] = body.get("text") or "Hello"
        if case.path.endswith(".ice"):
            body["candidate"] = {"candidate": ""} | body.get("candidate", {})
        if self.name == "heygen" and "sdpMLineIndex" in body.get("candidate", {}):
            body["candidate"]["sdpMLineIndex"] = 0
        voice = body["script"].get("provider", {}) if isinstance(body.get("script"), dict) else {}
        for name in ("voice_id", "language"):
            if name in voice:
                voice[name] = voice[name] or "en-US"
        # Of these HeyGen's later references say what they can be (docs/provider-options.md).
        if "rate" in body.get("voice", {}):
            body["voice"]["rate"] = 1.0
        if "task_mode" in body:
            body["task_mode"] = "async"
        if session and case.path.endswith(("/sdp", ".start")):
            described = {"type": "answer", "sdp": answer(session.offer)}
            body["answer" if self.name == "did" else "sdp"] = described
        return case

    def check(self, operation, reply):
        response = operation.definition.raw["responses"].get(str(reply.status_code))
        assert response is not None, f"{operation.label}: {reply.status_code} is not in the document"
        schema = response["content"]["application/json"]["schema"]
        whole = as_json_schema({**schema, "components": self.document.get("components", {})})
        validator = jsonschema_rs.validator_for(whole)
        return [f"{operation.label}: {error.message[:300]}" for error in validator.iter_errors(reply.json())]

    def take(self, deviations=()):
        for operation in self.operations:

            @hypothesis.given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
            def take(case):
                self.mock.reset()
                session = self.about(operation)
                case = self.sensible(case, session)
                url = self.mock.api + operation.path.format(**(case.path_parameters or {}))
                reply = requests.request(operation.method, url, json=case.body, headers=KEY, timeout=PATIENCE)
                note = self.mock.get("requests")["requests"][-1].get("note")
                assert reply.status_code < 300, f"{operation.label}: {reply.status_code} {note} to {text(case.body)}"
                found = [error for error in self.check(operation, reply) if not any(re.search(each, error) for each in deviations)]
                assert not found, found

            bounded(take, EXAMPLES)()


def as_json_schema(value):
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type."""
    if isinstance(value, list):
        return [as_json_schema(element) for element in value]
    if not isinstance(value, dict):
        return value
    value = {name: as_json_schema(member) for name, member in value.items() if name not in ("example", "nullable", "format")} | (
        {"x-nullable": True} if value.get("nullable") else {})
    if value.pop("x-nullable", False):
        return {"anyOf": [value, {"type": "null"}]}
    return value


def test_did_takes_what_its_document_has():
    with running_mock("--media", "none", "--did-replies", "2023", "--ice-servers", "loopback") as mock:
        # Two objects of an `allOf`, of which one allows nothing that only the other has: no reply can have both's members.
        Vendor(mock, "did", DID).take([r"^POST /agents/.*\('duration', 'session_id' were unexpected\)"])


def test_heygen_takes_what_its_document_has():
    with running_mock("--media", "none", "--heygen-replies", "2024", "--ice-servers", "loopback") as mock:
        # The document has a text for `code`; every capture, and HeyGen's own clients, have the number.
        Vendor(mock, "heygen", HEYGEN).take([r'100 is not of type "string"'])
