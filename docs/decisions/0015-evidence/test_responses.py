"""The same five tests with `responses` 0.26, which knows nothing of the vendors."""

import json
import pytest, responses
import requests
from greeter_requests import Greeter
URL = "https://api.d-id.example"
STREAMS = f"{URL}/talks/streams"
OFFER = {"type": "offer", "sdp": "v=0\r\n"}

@responses.activate
def test_1_opened_spoken_closed():
    responses.post(STREAMS, status=201, json={"id": "s1", "session_id": "c1", "offer": OFFER, "ice_servers": []})
    responses.post(f"{STREAMS}/s1/sdp", json={"status": "ok"})
    responses.post(f"{STREAMS}/s1/ice", json={"status": "ok"})
    speak = responses.post(f"{STREAMS}/s1", json={"status": "started", "video_id": "v1"})
    delete = responses.delete(f"{STREAMS}/s1", json={"status": "ok"})
    with Greeter(URL, key="any") as greeter:
        greeter.greet("Ada")
    assert "Ada" in json.loads(speak.calls[0].request.body)["script"]["input"]
    assert delete.call_count == 1
    urls = [call.request.url for call in responses.calls]
    assert urls == [STREAMS, f"{STREAMS}/s1/sdp", f"{STREAMS}/s1/ice", f"{STREAMS}/s1", f"{STREAMS}/s1"]

@responses.activate
def test_2_full_account_is_tried_again():
    responses.post(STREAMS, status=403, json={"kind": "MaxUserSessionsError", "description": "too many sessions"})
    opened = responses.post(STREAMS, status=201, json={"id": "s1", "session_id": "c1", "offer": OFFER, "ice_servers": []})
    responses.post(f"{STREAMS}/s1/sdp", json={"status": "ok"})
    responses.post(f"{STREAMS}/s1/ice", json={"status": "ok"})
    responses.delete(f"{STREAMS}/s1", json={"status": "ok"})
    with Greeter(URL, key="any"):
        assert opened.call_count == 1

@responses.activate
def test_3_after_five_silent_minutes_a_new_stream():
    for name in ("s1", "s2"):
        responses.post(STREAMS, status=201, json={"id": name, "session_id": name, "offer": OFFER, "ice_servers": []})
        responses.post(f"{STREAMS}/{name}/sdp", json={"status": "ok"})
        responses.post(f"{STREAMS}/{name}/ice", json={"status": "ok"})
        responses.delete(f"{STREAMS}/{name}", json={"status": "ok"})
    responses.post(f"{STREAMS}/s1", status=400, json={"kind": "SessionError", "description": "session expired"})
    speak = responses.post(f"{STREAMS}/s2", json={"status": "started", "video_id": "v1"})
    with Greeter(URL, key="any") as greeter:
        greeter.greet("Grace")
    assert "Grace" in json.loads(speak.calls[0].request.body)["script"]["input"]

@responses.activate
def test_4_no_session_left_open():
    responses.post(STREAMS, status=201, json={"id": "s1", "session_id": "c1", "offer": OFFER, "ice_servers": []})
    responses.post(f"{STREAMS}/s1/sdp", json={"status": "ok"})
    responses.post(f"{STREAMS}/s1/ice", json={"status": "ok"})
    delete = responses.delete(f"{STREAMS}/s1", json={"status": "ok"})
    with Greeter(URL, key="any"):
        pass
    assert delete.call_count == 1

@responses.activate
def test_5_answer_lost():
    responses.post(STREAMS, status=201, json={"id": "s1", "session_id": "c1", "offer": OFFER, "ice_servers": []})
    responses.post(f"{STREAMS}/s1/sdp", json={"status": "ok"})
    responses.post(f"{STREAMS}/s1/ice", json={"status": "ok"})
    speak = responses.post(f"{STREAMS}/s1", body=requests.ConnectionError())
    delete = responses.delete(f"{STREAMS}/s1", json={"status": "ok"})
    with pytest.raises(requests.ConnectionError), Greeter(URL, key="any") as greeter:
        greeter.greet("Ada")
    assert speak.call_count == 1
    assert delete.call_count == 1
