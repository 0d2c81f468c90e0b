"""What the mock refuses, as a page in a real browser sees it: bodies that are too large, and pages from elsewhere."""

import pytest

MEBIBYTE = 1024 * 1024
MOST_BYTES = 15 * MEBIBYTE

# The answer as far as the page may read it. The body is an object with one long text: blanks would be read one by one. And
# it is a blob, since the browser would tell the bytes of an array to whoever steers it as well: that took ten times as
# long as to send them.
POST = """async ([url, bytes]) => {
  try {
    const answer = await fetch(url, {
      method: "POST", headers: {Authorization: "Basic any-key", "Content-Type": "application/json"},
      body: new Blob(['{"note":"', new Uint8Array(bytes - 11).fill(97), '"}']),
    });
    return {status: answer.status, text: await answer.text()};
  } catch (error) {
    return {error: error.name};
  }
}"""


@pytest.fixture
def page(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


# Little more than is read, more than was kept of any body before, and more than fits the buffers of both ends.
@pytest.mark.parametrize("size", [MOST_BYTES + 1, 61 * MEBIBYTE, 200 * MEBIBYTE])
def test_a_page_reads_that_its_body_is_too_large(page, own_mock, demo_pages, size):
    page.goto(demo_pages.url + "/did?api=none")
    answer = page.evaluate(POST, [own_mock.api + "/talks/streams", size])
    assert answer.get("status") == 413, answer
    assert str(MOST_BYTES) in answer["text"]
    [entry] = own_mock.calls("did.create")
    assert entry["status"] == 413 and entry["body"] == {"bytes": size} and str(MOST_BYTES) in entry["note"]
    answer = page.evaluate(POST, [own_mock.url + "/faults", size])
    assert answer.get("status") == 413 and '"tooLarge"' in answer["text"], answer


def test_the_largest_body_is_read(page, own_mock, demo_pages):
    page.goto(demo_pages.url + "/did?api=none")
    assert page.evaluate(POST, [own_mock.api + "/talks/streams", MOST_BYTES])["status"] == 400
    assert own_mock.calls("did.create")[0]["status"] == 400


def test_a_page_of_no_origin_of_this_machine_reads_nothing_and_has_nothing_done(page, own_mock, demo_pages):
    page.goto(demo_pages.url + "/did?api=none")
    # Its origin is nobody's, `null`.
    with page.expect_event("framenavigated"):
        page.evaluate("""() => document.body.append(Object.assign(document.createElement("iframe"), {sandbox: "allow-scripts", srcdoc: "<p>"}))""")
    stranger = page.frames[1]
    url = own_mock.api + "/v1/streaming.new"
    assert stranger.evaluate(POST, [url, 11]) == {"error": "TypeError"}
    # Without a preflight the browser sends it, and the mock has to refuse: a small one, and one that nobody would read.
    for body in ("'{}'", f"new Blob([new Uint8Array({MOST_BYTES + 1})])"):
        assert stranger.evaluate(f"""async (url) => (await fetch(url, {{method: "POST", mode: "no-cors", body: {body}}})).type""", url) == "opaque"
    calls = own_mock.calls("heygen.new")
    assert [entry["status"] for entry in calls] == [403] * 3
    assert all("--allow-origin" in entry["note"] for entry in calls)
    assert own_mock.open_sessions() == 0
    fault = """async (url) => (await fetch(url, {method: "POST", mode: "no-cors", body: '{"call": "did.create", "drop": true}'})).type"""
    assert stranger.evaluate(fault, own_mock.url + "/faults") == "opaque"
    assert own_mock.get("faults")["faults"] == []
