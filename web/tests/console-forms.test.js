// What the console writes as code to copy, and the lines of its graphs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clientSample, curlSample, pytestSample } from "../console/session/code-samples.js";
import { History } from "../console/media/graphs.js";
import { hintFor } from "../console/session/hints.js";

const url = "ws://localhost:8080/v1/signaling";
const photo = /** @type {const} */ ({ url, provider: "did", avatar: "https://x.test/a.jpg", options: { kind: "talk", fluent: true } });

test("the client's code opens the session and speaks, with no name in quotes that needs none", () => {
  assert.equal(
    clientSample({ ...photo, token: "secret" }, 'Say "hello"', "http://localhost:8080"),
    `import { AvatarSession } from "http://localhost:8080/client/avatar-relay.js";

const session = await AvatarSession.open({
  url: "ws://localhost:8080/v1/signaling",
  provider: "did",
  avatar: "https://x.test/a.jpg",
  options: {
    kind: "talk",
    fluent: true
  }
});
session.attach(document.querySelector("video"));
session.on("live", () => session.speak("Say \\"hello\\""));
`,
  );
});

test("curl asks the provider itself, in its own words", () => {
  assert.match(curlSample(photo), /https:\/\/api\.d-id\.com\/talks\/streams[^]*"source_url": "https:\/\/x\.test\/a\.jpg"/);
  assert.doesNotMatch(curlSample(photo), /kind/);
  const agent = curlSample({ ...photo, avatar: "agt_1", options: { kind: "agent" } });
  assert.match(agent, /\/agents\/agt_1\/streams/);
  const quoted = curlSample({ url, provider: "heygen", avatar: "O'Neil", options: { quality: "low" } });
  assert.match(quoted, /streaming\.new[^]*"avatar_name": "O'\\''Neil"/);
});

test("no code holds the token", () => {
  const wish = { ...photo, token: "secret" };
  for (const code of [clientSample(wish, "x", "http://x"), curlSample(wish), pytestSample(wish)]) {
    assert.doesNotMatch(code, /secret/);
  }
});

test("a graph has its newest value at the right, and a gap where nothing was measured", () => {
  const history = new History();
  for (const value of [5, 10, undefined, 0, 10]) history.add(value);
  assert.equal(history.largest, 10);
  assert.equal(history.lines.length, 2);
  assert.match(history.lines[1], /^119\.0,26\.0 120\.0,2\.0$/);
  for (let look = 0; look < 500; look += 1) history.add(1);
  assert.equal(history.lines[0].split(" ").length, 120);
});

test("what the relay refused by itself is not called the provider's refusal", () => {
  assert.equal(hintFor("provider.rejected", "options.quality: no such option").title, "The relay refused this");
  const provider = { status: 400 };
  assert.equal(hintFor("provider.rejected", "options are wrong", provider).title, "The provider refused the request");
});
