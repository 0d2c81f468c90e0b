// A page in strict TypeScript: if this compiles, the package declares what the README promises.
import { AvatarSession, SignalingClient, SignalingError, type TalkEvent } from "avatar-relay";

export async function talk(video: HTMLVideoElement): Promise<void> {
  const session = await AvatarSession.open({ url: "ws://localhost:8080/v1/signaling", provider: "did" });
  session.attach(video);
  session.on("live", () => void session.speak("Hello"));
  session.on("talk", ({ talk, phase, estimated }: TalkEvent) => console.log(talk, phase === "ended", estimated));
  const stop = session.on("expiring", ({ extendable }) => void (extendable && session.extend()));
  stop();
  session.once("closed", ({ reason, action }) => console.log(reason === "idle", action === "reconnect"));
  // @ts-expect-error: there is no such event
  session.on("nonsense", () => {});
  // @ts-expect-error: exactly one of text, ssml and audioUrl
  await session.speak({ words: "Hello" });
  // @ts-expect-error: exactly one of text, ssml and audioUrl
  await session.speak({ text: "Hello", ssml: "<speak/>" });
  const spoken = await session.speak({ ssml: "<speak/>" }, { provider: { type: "microsoft", voice_id: "en-US-JennyNeural" } });
  // @ts-expect-error: an option of HeyGen's talks, not of D-ID's
  await session.speak("Hello", { task_type: "repeat" });
  const end: TalkEvent = await spoken.finished;
  session.off("talk", (event) => event.talk === end.talk);
}

export async function whileItIsWritten(reply: Response, model: AsyncIterable<string>): Promise<string> {
  const session = await AvatarSession.open({ url: "ws://localhost:8080/v1/signaling", provider: "did" });
  const { signal } = new AbortController();
  if (reply.body) await session.speak(reply.body, { name: "answer" }, { signal });
  const { talk, finished } = await session.speak(model);
  await finished;
  // @ts-expect-error: a piece is a string or bytes
  await session.speak((async function* () { yield 1; })());
  // @ts-expect-error: a whole text has no signal
  await session.speak("Hello", {}, { signal });
  return `${talk}, ${session.capabilities?.parts === "native"}`;
}

export async function options(token: string | undefined, anyProvider: string): Promise<void> {
  const url = "wss://relay.example/v1/signaling";
  await AvatarSession.open({ url, token, provider: "did", avatar: "agt_1", options: { kind: "agent", fluent: true } });
  await AvatarSession.open({ url, provider: "heygen", options: { quality: "high", voice: { rate: 1.1 } } });
  await AvatarSession.open({ url, provider: anyProvider, options: { whatever: 1 } });
  await AvatarSession.open({ client: new SignalingClient({ url }), provider: "did", resumeAcrossReloads: undefined });
  // @ts-expect-error: neither url nor client
  await AvatarSession.open({ provider: "did" });
  // @ts-expect-error: no option of D-ID
  await AvatarSession.open({ url, provider: "did", options: { quality: "low" } });
  // @ts-expect-error: no quality of HeyGen
  await AvatarSession.open({ url, provider: "heygen", options: { quality: "best" } });
  // @ts-expect-error: a presenter's option, and no kind that has presenters
  await AvatarSession.open({ url, provider: "did", options: { driver_id: "d" } });
}

export async function retry(url: string): Promise<void> {
  const client = new SignalingClient({ url });
  await client.connect();
  try {
    const wish = { provider: "heygen", options: { quality: "low" } };
    const { session, limits } = await client.request("session.open", wish);
    console.log(session.length, limits.idleMs?.toFixed());
  } catch (error) {
    if (error instanceof SignalingError && error.kind === "provider.sessionLimit") console.log(error.retryAfterMs ?? 0);
  }
}
