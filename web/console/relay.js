// Asks the relay which providers it has and, where they are the mock's, tells the mock what to do (docs/mock.md).

/**
 * @typedef {object} Offered
 * @property {string[]} providers ids of those that the relay has a key for
 * @property {boolean} mock whether the mock stands in for them
 * @property {boolean} [passThrough] whether their own APIs are served, too
 */
/** @typedef {{ name: string, status: number, body: any }} VendorError */
/** @typedef {"did" | "heygen"} Vendor */
/**
 * @typedef {object} JournalEntry
 * @property {number} number
 * @property {string} method
 * @property {string} path
 * @property {string} [call]
 * @property {number} status 0 where the connection was dropped
 * @property {string} [note] why the mock refused
 */
/** @typedef {{ call: string, error?: string, delayMs?: number, drop?: boolean, takesEffect?: boolean }} Fault */

/** The page's own relay; another one is not asked: the page's policy forbids it. */
const base = new URL("../", location.origin + location.pathname);

/**
 * What the relay offers; undefined where it does not say, as one of an earlier version.
 * @returns {Promise<Offered | undefined>}
 */
export async function offeredProviders() {
  try {
    const response = await fetch(new URL("v1/providers", base));
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The base URL of a provider's own API at the page's relay.
 * @param {string} provider its id
 */
export const baseURL = (provider) => new URL(provider, base).href;

/** The mock's control surface, by way of the relay. Every call throws an `Error` with the mock's words where it refuses. */
export const mockProvider = {
  /** @returns {Promise<Record<Vendor, VendorError[]>>} */
  errors: () => ask("GET", "errors"),
  /** @returns {Promise<{ faults: Fault[] }>} */
  faults: () => ask("GET", "faults"),
  /** @param {Fault} fault */
  force: (fault) => ask("POST", "faults", fault),
  /** @returns {Promise<{ faults: Fault[] }>} */
  clearFaults: () => ask("DELETE", "faults"),
  /** @param {number} advanceMs */
  advance: (advanceMs) => ask("POST", "clock", { advanceMs }),
  /** @returns {Promise<{ requests: JournalEntry[] }>} */
  journal: () => ask("GET", "requests"),
  reset: () => ask("POST", "reset"),

  /**
   * How the media of the sessions that are open and of all new ones travels; what is left out is as it should be.
   * @param {{ loss?: number, delayMs?: number, bandwidth?: number }} conditions
   */
  async setMedia(conditions) {
    await ask("POST", "media", conditions);
    const { sessions } = await ask("GET", "sessions?state=open");
    for (const { id } of sessions) await ask("POST", "media", { ...conditions, session: id });
  },
};

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
async function ask(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(new URL(`__admin/${path}`, base), {
    method,
    ...(body && { headers, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = read(text);
  if (response.ok && answer) return answer;
  throw new Error(answer?.error?.message ?? (text.trim() || `The mock answered ${response.status}.`));
}

/** @param {string} text */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
