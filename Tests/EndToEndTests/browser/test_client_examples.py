"""The examples of docs/client.md and docs/from-the-vendor.md, run as they stand: each in a page of its own."""

import re

import pytest
from support.relay_program import ROOT
from support.waiting import until

PAGE = """
async (url) => {
  const { AvatarSession, SignalingClient } = await import("/client/avatar-relay.js");
  document.body.innerHTML = "<video></video><button></button>";
  const [video, button] = [document.querySelector("video"), document.querySelector("button")];
  const [show, offerANewSession, question] = [() => {}, () => {}, "How are you?"];
  SOURCE
  window.session = session;
  return session.id;
}
"""


def examples():
    for document in ("client.md", "from-the-vendor.md"):
        file = ROOT / "docs" / document
        blocks = re.findall(r"^```js\n(.*?)^```$", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        # What begins with a session stands by itself; the others go on from one.
        opening = 'const session = await AvatarSession.open({ url, provider: "did" });\n'
        for number, block in enumerate(blocks, 1):
            source = block if "AvatarSession.open(" in block else opening + block
            yield pytest.param(source, id=f"{document}-{number}")


@pytest.mark.parametrize("source", examples())
def test_an_example_opens_a_session(browser, live_relay, live_mock, source):
    context = browser.new_context()
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**/chat", lambda route: route.fulfill(body="I am well. How are you?"))
    page.goto(live_relay.url.removesuffix("/console/") + "/client/protocol.d.ts")
    assert page.evaluate(PAGE.replace("SOURCE", source), live_relay.signaling)
    if "speak(" in source:
        live_mock.wait_for_calls("did.speak", 1)
    if "session.close(" in source:
        until(lambda: page.evaluate("session.state"), lambda state: state == "closed", "the session is closed")
    assert complaints == []
    # In the middle of a talk: the goodbye of a page that goes may not leave any more where something else is being sent.
    page.evaluate("session.state === 'closed' || session.close()")
    context.close()
    live_mock.assert_nothing_left()
