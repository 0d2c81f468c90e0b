// What a test author asks of a mock: calls are waited for and judged, time moves, and what fails says why.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { contains, match, MockError, MockStartError, pattern, present, startMock, withMock } from "../index.js";
import { call, Stream } from "./did-client.js";

/** A test with a mock of its own and a stream at it. */
const withStream = (name, body) =>
  test(name, () => withMock(async (mock) => body(mock, await Stream.open(mock.didUrl)), "--media", "none"));

withStream("a call is waited for", async (mock, stream) => {
  const waiting = mock.waitFor("did.speak", { text: contains("Hello"), stage: "answered", timeout: 60 });
  assert.equal((await stream.speak("Hello, world!")).status, 200);
  const { name, status, text, session } = await waiting;
  assert.deepEqual([name, status, text, session], ["did.speak", 200, "Hello, world!", stream.id]);
  assert.equal((await mock.waitFor("did.*", { status: 201 })).name, "did.create");
});

withStream("a wait that fails names the nearest calls", async (mock, stream) => {
  await stream.speak("Good morning!");
  await assert.rejects(mock.waitFor("did.speak", { text: contains("Hello"), timeout: 0.05 }), (error) => {
    assert.equal(error.name, "AssertionError");
    const [first, nearest] = error.message.split("\n");
    assert.equal(first, 'one call of did.speak and text contains "Hello": not within 0.05 s, seen 0; nearest of 4:');
    assert.match(nearest, /did\.speak.*: text is "Good morning!"$/);
    return true;
  });
});

withStream("a call has arrived before it is answered", async (mock, stream) => {
  await mock.clock.stop();
  await mock.fault("did.speak", { delayMs: 5000 });
  const speaking = stream.speak("Hello!");
  assert.equal((await mock.waitFor("did.speak", { timeout: 60 })).answeredMs, null);
  await assert.rejects(mock.waitFor("did.speak", { stage: "answered", timeout: 0.05 }), /answered: not within 0\.05 s[^]*not answered yet/);
  await mock.clock.advance({ seconds: 5 });
  assert.equal((await speaking).status, 200);
  assert.ok((await mock.waitFor("did.speak", { stage: "answered" })).answeredMs >= 5000);
  await mock.verify("did.speak", { stage: "answered", status: 200 });
});

withStream("calls are verified by count and body", async (mock, stream) => {
  for (const text of ["One.", "Two.", "Three."]) await stream.speak(text);
  assert.equal((await mock.verify("did.speak", { count: 3 })).length, 3);
  await mock.verify("did.speak", { count: 1, body: { "script.input": "Two.", "script.type": contains("tex") } });
  await mock.verify("did.speak", { count: 2, text: /^T\w+\.$/ });
  await mock.verify("did.speak", { text: pattern("^One") });
  await mock.verify("heygen.*", { count: 0 });
  await mock.verify("did.speak", { count: 1, text: /^one/i, note: present(false) });
  await mock.verify("did.speak", { count: 3, headers: { "Content-Type": "application/json", "X-None": present(false) } });
  await assert.rejects(mock.verify("did.speak", { count: 2 }), /2 calls of did\.speak: seen 3/);
  await assert.rejects(mock.verify("did.speak", { body: { "script.voice": "x" } }), /body\.script\.voice is not there/);
  await assert.rejects(mock.verify("did.speak", { texts: "x" }), /texts: known are text, session/);
});

withStream("calls are verified by order", async (mock, stream) => {
  await stream.speak("Hello!");
  await stream.close();
  await mock.verifyOrder("did.create", "did.sdp", "did.speak", "did.delete");
  await assert.rejects(
    mock.verifyOrder("did.speak", "did.sdp"), /did\.sdp is missing at its place in did\.create → did\.sdp → did\.ice/);
  assert.equal((await mock.verifyOrder("did.*", match("did.speak", { text: "Hello!" }))).length, 2);
});

withStream("time stands still", async (mock) => {
  await mock.clock.stop();
  const before = await mock.clock.elapsed();
  assert.equal(await mock.clock.elapsed(), before);
  assert.equal(Math.round(1000 * ((await mock.clock.advance({ milliseconds: 250 })) - before)), 250);
  await mock.clock.resume();
  // The machine's time alone moves it now.
  await assert.rejects(mock.waitFor("did.speak", { timeout: 0.02 }));
  assert.ok((await mock.clock.elapsed()) > before + 0.25);
});

withStream("faults follow other calls and what is in them", async (mock, stream) => {
  await mock.fault("did.speak", { status: 418, where: match("did.speak", { text: contains("teapot") }).where });
  await mock.fault("did.speak", { status: 503, after: "did.speak" });
  const statuses = [];
  for (const text of ["One.", "Two.", "A teapot.", "Four."]) statuses.push((await stream.speak(text)).status);
  assert.deepEqual(statuses, [200, 503, 418, 200]);
  await mock.messageFault("stream/done", "late", { delayMs: 500 });
  await assert.rejects(mock.messageFault("stream/done", "gone"), MockError);
});

withStream("scenarios do not see each other", async (mock, stream) => {
  const [one, two] = [await mock.scenario("one"), await mock.scenario("two")];
  const first = await Stream.open(one.url, { headers: one.headers });
  const second = await Stream.open(two.url, { key: two.key });
  await one.fault("did.speak", { status: 418, times: 9 });
  await one.clock.advance({ minutes: 1 });
  assert.deepEqual([(await first.speak("Hello!")).status, (await second.speak("Hello!")).status], [418, 200]);
  await one.reset();
  await one.verify("*", { count: 0 });
  await two.verify("did.speak", { count: 1, status: 200 });
  assert.ok((await two.clock.elapsed()) < 60);
  // The same calls get the same ids again.
  assert.equal((await Stream.open(one.url, { headers: one.headers })).id, first.id);
  assert.equal(new Set([first.id, second.id, stream.id]).size, 3);
  await mock.verify("did.speak", { count: 0 });
  await one.close();
  await two.close();
  assert.equal((await mock.admin("GET", "scenarios")).scenarios.length, 1);
});

withStream("time moves, and a session that nobody closed is named", async (mock, stream) => {
  await assert.rejects(mock.verifyNoOpenSessions({ timeout: 0.05 }), (error) => {
    assert.equal(error.message, `1 session(s) left open: did ${stream.id} (connected)`);
    return true;
  });
  assert.ok((await mock.clock.advance({ minutes: 5 })) >= 300);
  assert.ok((await mock.clock.elapsed()) >= 300);
  await mock.verifyNoOpenSessions();
  assert.equal((await stream.speak("Too late.")).status, 400);
});

withStream("faults take the next calls, and a reset forgets all", async (mock) => {
  await mock.fault("did.create", { status: 503, body: { oops: 1 }, times: 2 });
  const create = () => call(mock.url, "POST", "/talks/streams", { source_url: "https://a.example/b" });
  assert.deepEqual([(await create()).status, (await create()).status, (await create()).status], [503, 503, 201]);
  await assert.rejects(mock.fault("did.create", { error: "no-such-error" }), MockError);
  await mock.reset();
  await mock.verifyNoOpenSessions();
  assert.deepEqual(await mock.calls(), []);
  await assert.rejects(mock.verify("did.speak"), /the mock was not called/);
});

test("a mock that cannot start says why", async () => {
  await assert.rejects(startMock("--media-folder", "no-such-folder"), (error) => {
    assert.ok(error instanceof MockStartError);
    assert.match(error.message, /--media-folder no-such-folder is no folder/);
    return true;
  });
});

test("it ends when the test fails", async () => {
  let url;
  await assert.rejects(withMock(async (mock) => {
    url = mock.url;
    throw new TypeError("of the test");
  }, "--media", "none"), TypeError);
  await assert.rejects(fetch(url));
});

test("the command runs the program and hands its exit code on", () => {
  const command = fileURLToPath(new URL("../mock-provider.js", import.meta.url));
  const run = (...words) => spawnSync(process.execPath, [command, ...words], { encoding: "utf8" });
  assert.match(run("--version").stdout, /^\d+\.\d+\.\d+\n$/);
  const child = run("--media", "none", "--exec", "--", "sh", "-c", "echo $AVATAR_MOCK_URL; exit 9");
  assert.equal(child.status, 9);
  assert.match(child.stdout, /^http:\/\/127\.0\.0\.1:\d+\n$/);
});

test("what agents answer", () =>
  withMock(async (mock) => {
    const path = "/agents/agt_ann/chat";
    const chat = (await call(mock.didUrl, "POST", path)).body.id;
    const ask = async (content) => {
      const question = { chatMode: "TextOnly", messages: [{ role: "user", content }] };
      const { status, body } = await call(mock.didUrl, "POST", `${path}/${chat}`, question);
      return body.result ?? status;
    };
    await mock.answer("It will rain.", { contains: "weather", times: 2 });
    await mock.answer("I am Ann.", { pattern: /^who/i });
    await mock.answer(undefined, { contains: "price", error: "tooManyRequests" });
    const answers = [];
    for (const text of ["The weather?", "Who?", "The price?", "What?"]) answers.push(await ask(text));
    assert.deepEqual(answers, ["It will rain.", "I am Ann.", 429, "What?"]);
    await mock.answerNext(undefined, { parts: ["One. ", "Two."] });
    assert.deepEqual([await ask("Who?"), await ask("Who?")], ["One. Two.", "I am Ann."]);
    await mock.setChatMode("Maintenance");
    assert.equal(await ask("Who?"), 200);
    await mock.verify("did.chat", { text: contains("price"), status: 429, count: 1 });
    await assert.rejects(mock.answer("One.", { parts: ["Two."] }), MockError);
  }, "--media", "none"));
