// What a test author writes in TypeScript compiles, and what cannot be right does not.
import { contains, match, pattern, present, startMock, withMock, withRelay, type Call } from "../index.js";

export async function usual(): Promise<Call> {
  const mock = await startMock("--media", "none");
  await mock.fault("did.create", { error: "maxUserSessions", times: 2 });
  await mock.clock.advance({ minutes: 5, milliseconds: 1 });
  const calls: Call[] = await mock.verify("did.*", { count: 2, text: /Hello/, body: { "script.input": contains("Hello") } });
  await mock.verifyOrder("did.create", match("did.speak", { text: present() }));
  await mock.messageFault("stream/started", "late", { delayMs: 5 });
  await mock.answer("It will rain.", { pattern: /weather/i, delayMs: 5 });
  await mock.answerNext(undefined, { parts: ["One. ", "Two."] });
  await mock.setChatMode("TextOnly");
  await mock.clock.stop();
  await mock.clock.resume();
  const scenario = await mock.scenario("one");
  await scenario.waitFor("did.speak", { stage: "answered", headers: { "user-agent": /node/ } });
  await scenario.close();
  await mock.verifyNoOpenSessions({ timeout: 1 });
  await mock.stop();
  return calls[0] ?? (await withMock((other) => other.waitFor("did.speak", { text: pattern("^H"), timeout: 2 })));
}

export async function withARelay(): Promise<number> {
  return withRelay(async ({ clock, mock, signalingUrl }) => {
    await mock.verifyNoOpenSessions();
    return signalingUrl.length + (await clock.advance({ seconds: 270 }));
  }, "--media", "none");
}

export async function wrong() {
  const mock = await startMock();
  // @ts-expect-error: no such expectation.
  await mock.waitFor("did.speak", { texts: "Hello" });
  // @ts-expect-error: time has a unit.
  await mock.clock.advance(5);
  // @ts-expect-error: no such stage.
  await mock.verify("did.speak", { stage: "begun" });
  // @ts-expect-error: no such mode.
  await mock.setChatMode("Off");
  // @ts-expect-error: no such state.
  await mock.sessions("opened");
  // @ts-expect-error: a relay has no calls; its mock does.
  await withRelay((relay) => relay.waitFor("did.speak"));
}
