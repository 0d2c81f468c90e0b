// Writes the session that was set up as code to copy: for a page, for a shell, for a test.

/** @typedef {import("./setup-form.js").Wish} Wish */

/** Where the vendors listen, and what a session is opened with there; the keys are the reader's own. */
const VENDORS = {
  /** @param {Record<string, unknown>} options @param {string | undefined} avatar */
  did: ({ kind = "talk", ...options }, avatar) => {
    const path = kind === "agent" ? `agents/${avatar}` : `${kind}s`;
    const who = kind === "agent" ? {} : { [kind === "clip" ? "presenter_id" : "source_url"]: avatar };
    return { url: `https://api.d-id.com/${path}/streams`, header: 'Authorization: Basic $DID_KEY', body: { ...who, ...options } };
  },
  /** @param {Record<string, unknown>} options @param {string | undefined} avatar */
  heygen: (options, avatar) => ({
    url: "https://api.heygen.com/v1/streaming.new",
    header: "X-Api-Key: $HEYGEN_KEY",
    body: { ...options, ...(avatar && { avatar_name: avatar }) },
  }),
};

/**
 * A module for a page.
 * @param {Wish} wish
 * @param {string} words
 * @param {string} origin of the relay
 */
export function clientSample(wish, words, origin) {
  const { url, provider, avatar, options, rtcConfiguration } = wish;
  const members = { url, provider, avatar, options, rtcConfiguration };
  return `import { AvatarSession } from "${origin}/client/avatar-relay.js";

const session = await AvatarSession.open(${literal(members)});
session.attach(document.querySelector("video"));
session.on("live", () => session.speak(${JSON.stringify(words)}));
`;
}

/**
 * The same opening at the provider itself, without the relay.
 * @param {Wish} wish
 */
export function curlSample({ provider, avatar, options }) {
  const vendor = VENDORS[/** @type {"did" | "heygen"} */ (provider.replace(/-websocket$/, ""))];
  const { url, header, body } = vendor(options ?? {}, avatar);
  const json = JSON.stringify(body, undefined, 2).replaceAll("'", "'\\''");
  return `curl --request POST ${url} \\
  --header "${header}" \\
  --header "Content-Type: application/json" \\
  --data '${json}'
`;
}

/**
 * A test in Python, with the package websockets.
 * @param {Wish} wish
 */
export function pytestSample({ url, provider, avatar, options }) {
  const params = JSON.stringify({ provider, avatar, options }, undefined, 2).replaceAll("\\", "\\\\");
  return `import json

from websockets.sync.client import connect

WISH = json.loads("""
${params}
""")


def test_a_session_opens_and_closes():
    with connect(${JSON.stringify(url)}, subprotocols=["avatar-relay.v1"]) as relay:
        opened = call(relay, 1, "session.open", WISH)
        call(relay, 2, "session.close", {"session": opened["session"]})


def call(relay, number, method, params):
    relay.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))
    while (answer := json.loads(relay.recv(timeout=60))).get("id") != number:
        pass
    assert "error" not in answer, answer["error"]
    return answer["result"]
`;
}

/**
 * An object as people write it in JavaScript.
 * @param {Record<string, unknown>} members
 */
function literal(members) {
  return JSON.stringify(members, undefined, 2).replace(/^(\s+)"([A-Za-z_]\w*)": /gm, "$1$2: ");
}
