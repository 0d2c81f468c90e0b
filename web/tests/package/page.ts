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
