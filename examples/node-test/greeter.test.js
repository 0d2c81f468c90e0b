// A page's own calls, tested without a key or a browser: `npm install --save-dev avatar-relay-mock`.
import assert from "node:assert/strict";
import test from "node:test";
import { contains, withMock } from "avatar-relay-mock";
import { greet } from "./greeter.js";

test("a customer is greeted by name", () =>
  withMock(async (mock) => {
    await greet(mock.didUrl, "Ada");
    const call = await mock.waitFor("did.speak", { text: contains("Ada") });
    assert.equal(call.status, 200);
    await mock.verifyOrder("did.create", "did.sdp", "did.speak", "did.delete");
    await mock.verifyNoOpenSessions();
  }, "--media", "none"));

test("a stream is closed even where the talk is refused", () =>
  withMock(async (mock) => {
    await mock.fault("did.speak", { status: 402, body: { kind: "InsufficientCreditsError", description: "not enough credits" } });
    await assert.rejects(greet(mock.didUrl, "Ada"), /not enough credits/);
    await mock.verifyNoOpenSessions();
  }, "--media", "none"));
