// A program without a browser's types: the signaling part needs none of them.
import { SignalingClient, SignalingError, actionAfterClose, type Limits, type SocketConstructor } from "avatar-relay/signaling";

export async function open(url: string, WebSocket: SocketConstructor): Promise<Limits> {
  const client = new SignalingClient({ url, WebSocket, page: null });
  client.on("closed", ({ code }) => actionAfterClose(code) === "stop");
  await client.connect();
  try {
    const { limits } = await client.request("session.open", { provider: "did" });
    return limits;
  } catch (error) {
    if (error instanceof SignalingError && error.retryable) return open(url, WebSocket);
    throw error;
  } finally {
    client.close();
  }
}
