"""What of a vendor's reply reaches the page: all but what is not the page's business, and nothing of the key."""

import pytest
from serving import begin, passing
from support.relay_program import KEYS
from support.vendor_script import call

VENDORS = ["did", "heygen"]
SPEAK = {"did": "did.speak", "heygen": "heygen.task"}
PAGE = {"Origin": "http://localhost:3000"}
PASSED = {
    "X-RateLimit-Remaining": "7", "X-Request-Id": "req-1", "Apigw-Requestid": "abc=", "ETag": '"v1"', "Retry-After": "3",
    "Content-Language": "en", "X-Amzn-Trace-Id": "Root=1-2",
}
KEPT_BACK = [
    "Set-Cookie", "Access-Control-Allow-Credentials", "Strict-Transport-Security", "WWW-Authenticate", "X-Accel-Redirect",
    "Location", "Service-Worker-Allowed", "Clear-Site-Data", "Alt-Svc", "X-Frame-Options", "Cross-Origin-Opener-Policy",
    "Refresh", "Link",
]


def spoken(relay, mock, vendor, **what):
    """The reply to a talk that the vendor answers as it is told."""
    script = begin(relay.script(vendor))
    mock.fault(SPEAK[vendor], **what)
    reply = script.speak()
    script.close()
    return reply


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_fields_of_a_reply_come_back(own_mock, vendor):
    with passing(own_mock) as relay:
        reply = spoken(relay, own_mock, vendor, status=200, body={"status": "started", "code": 100}, headers=PASSED)
        for name, value in PASSED.items():
            assert reply.headers.get_all(name) == [value], name
        exposed = reply.headers["Access-Control-Expose-Headers"].split(", ")
        assert {name.lower() for name in PASSED} | {"content-type", "date"} <= set(exposed)


@pytest.mark.parametrize("names", [KEPT_BACK[:7], KEPT_BACK[7:]])
@pytest.mark.parametrize("vendor", VENDORS)
def test_what_would_speak_for_the_relay_does_not(own_mock, vendor, names):
    with passing(own_mock) as relay:
        fields = {name: "https://elsewhere.example" for name in names}
        reply = spoken(relay, own_mock, vendor, status=200, body={"status": "started", "code": 100}, headers=fields)
        assert reply.status == 200
        assert not any("elsewhere" in value for value in reply.headers.values())
        assert "sandbox" in reply.headers["Content-Security-Policy"]
        assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_page_sees_the_same_of_a_refusal(own_mock, vendor):
    with passing(own_mock) as relay:
        reply = spoken(relay, own_mock, vendor, status=418, body={"message": "no"}, headers={"X-Why": "tea"})
        assert (reply.status, reply.headers["X-Why"]) == (418, "tea")
        assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_a_success_that_the_relay_does_not_understand_is_the_pages_all_the_same(own_mock):
    with passing(own_mock) as relay:
        reply = spoken(relay, own_mock, "heygen", status=200, body={"code": 10_400, "message": "something new"})
        assert (reply.status, reply.json) == (200, {"code": 10_400, "message": "something new"})


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_that_quotes_the_key_is_not_quoted(own_mock, vendor):
    """In its words, and in its fields. Every reply is looked through for the key besides."""
    key = KEYS[f"AVATAR_RELAY_{vendor.upper()}_KEY"]
    with passing(own_mock) as relay:
        reply = spoken(
            relay, own_mock, vendor, status=403, body={"message": f"'Basic {key}' is no credential", "request": {"x-api-key": key}},
            headers={"X-Refused": f"Basic {key}"})
        assert reply.status == 403 and "(secret)" in reply.text and "(secret)" in reply.headers["X-Refused"]
        assert key not in reply.text + str(reply.headers)


def test_a_long_answer_of_another_call_comes_back_whole(own_mock):
    sessions = [{"session_id": f"{index:0400}", "status": "new"} for index in range(5000)]
    own_mock.fault("heygen.list", status=200, body={"code": 100, "data": {"sessions": sessions}})
    with passing(own_mock, "--passthrough-calls", "GET /heygen/v1/streaming.list") as relay:
        reply = call(f"{relay.base}/heygen/v1/streaming.list", "GET", **PAGE)
        assert reply.status == 200 and len(reply.text) > 1 << 20
        assert reply.json["data"]["sessions"] == sessions
