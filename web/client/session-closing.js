// Ends a session at the relay, in a bounded time.

const CLOSE_TIMEOUT_MS = 10_000;
/** How long the relay's last word is waited for after it answered that it closes. */
const CLOSED_TIMEOUT_MS = 3_000;

/**
 * Resolves once the relay answered and, if it is to be waited for, said its last word. Throws as a request does.
 * @param {Pick<import("./signaling-client.js").SignalingClient, "request">} client
 * @param {string} session
 * @param {Promise<unknown>} [lastWord]
 * @param {import("./avatar-relay.js").Clock} [clock]
 */
export async function closeAtRelay(client, session, lastWord, clock) {
  await client.request("session.close", { session }, { timeoutMs: CLOSE_TIMEOUT_MS });
  if (!lastWord || !clock) return;
  /** @type {Promise<void>} */
  const inTime = new Promise((resolve) => {
    const cancel = clock.after(CLOSED_TIMEOUT_MS, resolve);
    lastWord.then(cancel);
  });
  await Promise.race([lastWord, inTime]);
}
