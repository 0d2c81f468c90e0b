// What the page offers for each provider: kinds of avatar, and the options that people change most.

/**
 * @typedef {object} Option
 * @property {string} name the provider's own name
 * @property {string} label
 * @property {{ value: string, label: string }[]} [choices] a tick box where there are none
 * @property {boolean} [ticked] at first
 */
/**
 * @typedef {object} Kind
 * @property {string} id
 * @property {string} label
 * @property {string} avatarLabel
 * @property {string} avatarHint
 * @property {string} avatar what stands there at first
 * @property {Record<string, unknown>} fixed options that go with the kind
 */
/**
 * @typedef {object} Provider
 * @property {string} id
 * @property {string} label
 * @property {Kind[]} kinds
 * @property {Option[]} options
 */

/** The first choice leaves the matter to the provider and is not sent. */
const AUTOMATIC = { value: "", label: "Automatic" };

/** @type {Provider[]} */
export const PROVIDERS = [
  {
    id: "did",
    label: "D-ID",
    // Avatars: docs.d-id.com's example photo, and the presenter of de-id/live-streaming-demo.
    kinds: [
      {
        id: "talk",
        label: "Talk",
        avatarLabel: "Photo",
        avatarHint: "Address of a portrait photo",
        avatar: "https://d-id-public-bucket.s3.us-west-2.amazonaws.com/alice.jpg",
        fixed: { kind: "talk" },
      },
      {
        id: "clip",
        label: "Clip",
        avatarLabel: "Presenter",
        avatarHint: "Id of a recorded presenter",
        avatar: "v2_public_alex@qcvo4gupoy",
        fixed: { kind: "clip", driver_id: "e3nbserss8" },
      },
      {
        id: "agent",
        label: "Agent",
        avatarLabel: "Agent",
        avatarHint: "Id of one of your agents",
        avatar: "agt_example",
        fixed: { kind: "agent" },
      },
    ],
    options: [
      {
        name: "compatibility_mode",
        label: "Video",
        choices: [AUTOMATIC, { value: "on", label: "VP8" }, { value: "off", label: "H.264" }],
      },
      // With it the face is seen before it speaks.
      { name: "stream_warmup", label: "Warm-up", ticked: true },
    ],
  },
  {
    id: "heygen",
    label: "HeyGen",
    kinds: [
      {
        id: "avatar",
        label: "Avatar",
        avatarLabel: "Avatar",
        avatarHint: "Name of an avatar; empty for the account's default",
        avatar: "",
        fixed: {},
      },
    ],
    options: [
      {
        name: "quality",
        label: "Quality",
        choices: [
          { value: "medium", label: "480p" },
          { value: "low", label: "360p" },
          { value: "high", label: "720p" },
        ],
      },
      {
        name: "video_encoding",
        label: "Video",
        choices: [AUTOMATIC, { value: "VP8", label: "VP8" }, { value: "H264", label: "H.264" }],
      },
    ],
  },
];

/**
 * The parameters of `session.open` for what was chosen; what stands in the JSON field wins.
 * @param {Provider} provider
 * @param {Kind} kind
 * @param {string} avatar
 * @param {Record<string, string | boolean>} chosen option name to choice or tick
 * @param {Record<string, unknown>} more
 */
export function openParameters(provider, kind, avatar, chosen, more) {
  const set = Object.entries(chosen).filter(([, value]) => value !== "" && value !== false);
  const options = { ...kind.fixed, ...Object.fromEntries(set), ...more };
  const trimmed = avatar.trim();
  return {
    provider: provider.id,
    ...(trimmed && { avatar: trimmed }),
    ...(Object.keys(options).length > 0 && { options }),
  };
}
