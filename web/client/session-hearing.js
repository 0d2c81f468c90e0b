// Hears what a client tells, and hands on what is about one session.
import { follow } from "./notifications.js";
import { TAKEN_OVER } from "./close-codes.js";

/** @typedef {import("./avatar-relay.js").ClosedEvent} ClosedEvent */

/**
 * Returns a function that stops it.
 * @param {import("./avatar-relay.js").SignalingClient} client
 * @param {() => string | undefined} id the session's, once there is one
 * @param {import("./notifications.js").Effects} effects
 * @param {(event: ClosedEvent) => void} connectionEnded
 */
export function hear(client, id, effects, connectionEnded) {
  const { listeners, status } = effects;
  const stops = [
    client.on("state", (event) => {
      status.follow(event);
      listeners.emit("connection", event);
    }),
    client.on("message", (event) => listeners.emit("message", event)),
    client.on("error", (error) => listeners.complain(error)),
    client.on("notification", (notification) => follow(notification, id(), effects)),
    client.on("resumed", ({ session, afterMs, replayed, resync }) => {
      if (session !== id()) return;
      status.attach();
      if (resync) effects.resync(resync);
      listeners.emit("resumed", { afterMs, replayed, resynced: resync !== undefined });
    }),
    client.on("ended", ({ session, ...event }) => session === id() && effects.end(event)),
    client.on("closed", (ending) => connectionEnded(asEnd(ending))),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * How a session ends whose connection will not come back.
 * @param {import("./avatar-relay.js").ConnectionClosed} ending
 * @returns {ClosedEvent}
 */
function asEnd({ code, action }) {
  const reason = code === TAKEN_OVER ? "takenOver" : "connectionLost";
  return { reason, action: action === "stop" ? "stop" : "reconnect", closeCode: code, afterMs: undefined };
}
