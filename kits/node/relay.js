// Runs the relay with a mock behind it, `avatar-relay dev`, for tests of what speaks with the relay.
import { dirname } from "node:path";
import { AvatarMock } from "./mock.js";
import { during, find, program, startProgram } from "./program.js";

/** The program: the one that `AVATAR_DEV_PROGRAM` names, the one beside the mock's, or the one in `PATH`. */
export function relayProgram() {
  return find("avatar-relay", "AVATAR_DEV_PROGRAM", dirname(program()), "beside mock-provider");
}

/**
 * Starts a relay and a mock of one's own on ports of the system's choice, with options of `avatar-relay dev`, and resolves when it
 * listens. `stop()` ends both; they also end with this process, even where that is killed.
 */
export async function startRelay(...options) {
  const { ready, stop } = await startProgram(
    relayProgram(),
    ["dev", "--port", "0", "--exit-with-parent", "--mock-provider", program(), "--log-level", "warning", ...options]);
  const { origin } = new URL(ready.url);
  // By way of the relay: its clock moves both.
  const mock = new AvatarMock(origin);
  mock.didUrl = mock.heygenUrl = ready.mock;
  return { url: origin, signalingUrl: ready.signaling, mock, clock: mock.clock, stop };
}

/** Runs `body` with a relay and a mock of its own, and ends both whatever happens. */
export function withRelay(body, ...options) {
  return during(startRelay(...options), body);
}
