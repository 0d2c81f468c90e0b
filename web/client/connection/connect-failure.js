// Says why a connection was never made. A browser tells a page nothing about a WebSocket that failed, so the relay is asked
// by HTTP: it answers at its address with 426, and beside it, at `origin`, with 403 to pages of an origin that it refuses.
import { absolute, shown } from "./connection.js";
import { SignalingError } from "./signaling-error.js";

/** How long the question may take, in milliseconds. */
const PATIENCE_MS = 3_000;

/**
 * The error with what was found out; the same error where nothing was.
 * @param {unknown} error
 * @param {import("../avatar-relay.js").ConnectionOptions} options
 * @param {import("../avatar-relay.js").Clock} clock
 */
export async function explained(error, options, clock) {
  // Who hands in a socket of their own may have no network at all.
  const { url, fetch = options.WebSocket ? undefined : globalThis.fetch } = options;
  const isUnexplained = error instanceof SignalingError && error.kind === "client.connectFailed" && error.retryable;
  if (!isUnexplained || !fetch) return error;
  const [message, retryable] = explanation(await answer(fetch, url, clock), shown(url), new URL(absolute(url)).pathname);
  if (!message) return error;
  return new SignalingError({ kind: error.kind, message, retryable, cause: error });
}

/**
 * The status with which the address answers; `silent` where something is there that does not let this page read its
 * answer, `nobody` where nothing is, and undefined where that took too long.
 * @param {NonNullable<import("../avatar-relay.js").ConnectionOptions["fetch"]>} fetch
 * @param {string} url
 * @param {import("../avatar-relay.js").Clock} clock
 * @returns {Promise<number | "silent" | "nobody" | undefined>}
 */
async function answer(fetch, url, clock) {
  const address = absolute(url).replace(/^ws/, "http").replace(/[?#].*/, "");
  const stop = new AbortController();
  /** @type {Promise<undefined>} */
  const late = new Promise((resolve) => stop.signal.addEventListener("abort", () => resolve(undefined)));
  const cancel = clock.after(PATIENCE_MS, () => stop.abort());
  const how = { cache: "no-store", credentials: "omit", signal: stop.signal };
  // A relay that is there may still refuse the page's origin.
  const whetherToConnect = () => fetch(new URL("origin", address).href, how).then(({ status }) => status);
  const asked = fetch(address, how).then(
    ({ status }) => (status === 426 ? whetherToConnect().then((own) => (own === 403 ? own : status), () => status) : status),
    () => fetch(address, { ...how, mode: "no-cors" }).then(() => "silent", () => "nobody"),
  );
  try {
    return await Promise.race([/** @type {any} */ (asked), late]);
  } finally {
    cancel();
  }
}

/**
 * @param {number | "silent" | "nobody" | undefined} status
 * @param {string} url
 * @param {string} path
 * @returns {[message: string | undefined, retryable: boolean]}
 */
function explanation(status, url, path) {
  const own = globalThis.location?.origin;
  switch (status) {
    case undefined:
      return [undefined, true];
    case "nobody":
      return [`Nothing answers at ${url}. Does the relay run, and can this network reach it?`, true];
    case "silent":
      return [`Something answers at ${url}, but does not say why: no relay, another path, or pages of ${own} refused.`, false];
    case 403:
      return [`The relay at ${url} takes no connections from pages of ${own}. Its web.allowed-origins may.`, false];
    case 404:
      return [`The server at ${url} has nothing at ${path}. A relay's own path is /v1/signaling.`, false];
    case 426:
      return [`The relay at ${url} answers, but no WebSocket came about. A proxy in between may not let it pass.`, true];
    default:
      return [`The server at ${url} answered ${status} in place of a WebSocket.`, status >= 500];
  }
}
