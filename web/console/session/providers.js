// What the page offers for each provider: kinds of avatar, avatars and voices that are documented, and the options that
// people change most. An account's own avatars are not listed: the calls that list them want the key.

/**
 * @typedef {object} Option
 * @property {string} name the provider's own name
 * @property {string} label
 * @property {string} help what it means
 * @property {{ value: string, label: string }[]} [choices] a tick box where there are none
 * @property {boolean} [ticked] at first
 * @property {string[]} [known] what a text field proposes
 * @property {(value: string) => unknown} [wrap] the option's value for what stands in the text field
 */
/**
 * @typedef {object} Kind
 * @property {string} id
 * @property {string} label
 * @property {string} help what it means
 * @property {string} avatarLabel
 * @property {string} avatarHint
 * @property {string} avatar what stands there at first
 * @property {string[]} knownAvatars
 * @property {Record<string, unknown>} fixed options that go with the kind
 */
/**
 * @typedef {object} Provider
 * @property {string} id
 * @property {string} label
 * @property {string} help
 * @property {Kind[]} kinds
 * @property {Option[]} options
 * @property {string} [byMessages] the id under which the same provider is called by messages on a WebSocket, where the relay has both
 * @property {{ known: string[], options: (voice: string) => Record<string, unknown> }} [talkVoice] where a talk has a voice
 *   of its own: what is proposed, and the talk's options
 */

/** The first choice leaves the matter to the provider and is not sent. */
const AUTOMATIC = { value: "", label: "Automatic" };

/** How the relay calls a provider that it can call in two ways: its choices are the ids of the provider. */
export const TRANSPORT = { name: "transport", label: "Called by", help: "How the relay calls the provider: a request for each call, or messages on one WebSocket" };

/** @type {Provider[]} */
export const PROVIDERS = [
  {
    id: "did",
    byMessages: "did-websocket",
    label: "D-ID",
    help: "A photo, a recorded presenter or an agent speaks (docs.d-id.com)",
    // Avatars: the photos of docs.d-id.com's examples, photo and presenter of de-id/live-streaming-demo.
    kinds: [
      {
        id: "talk",
        label: "Talk",
        help: "A photo whose mouth and head are moved",
        avatarLabel: "Photo",
        avatarHint: "Address of a portrait photo",
        avatar: "https://d-id-public-bucket.s3.us-west-2.amazonaws.com/alice.jpg",
        knownAvatars: [
          "https://d-id-public-bucket.s3.us-west-2.amazonaws.com/alice.jpg",
          "https://create-images-results.d-id.com/DefaultPresenters/Emma_f/v1_image.jpeg",
          "https://create-images-results.d-id.com/DefaultPresenters/Noelle_f/image.jpeg",
        ],
        fixed: { kind: "talk" },
      },
      {
        id: "clip",
        label: "Clip",
        help: "A presenter who was recorded on video",
        avatarLabel: "Presenter",
        avatarHint: "Id of a recorded presenter",
        avatar: "v2_public_alex@qcvo4gupoy",
        knownAvatars: ["v2_public_alex@qcvo4gupoy"],
        fixed: { kind: "clip", driver_id: "e3nbserss8" },
      },
      {
        id: "agent",
        label: "Agent",
        help: "A presenter with a knowledge and a voice of its own",
        avatarLabel: "Agent",
        avatarHint: "Id of one of your agents",
        avatar: "agt_example",
        knownAvatars: [],
        fixed: { kind: "agent" },
      },
    ],
    options: [
      {
        name: "compatibility_mode",
        label: "Video",
        help: "The codec of the picture; automatic takes what the browser has",
        choices: [AUTOMATIC, { value: "on", label: "VP8" }, { value: "off", label: "H.264" }],
      },
      // With it the face is seen before it speaks.
      { name: "stream_warmup", label: "Warm-up", help: "The face is seen before it speaks", ticked: true },
    ],
    // Names of Azure's voices (learn.microsoft.com, "Language and voice support"), which D-ID takes as they are.
    talkVoice: {
      known: [
        "en-US-JennyNeural", "en-US-AndrewNeural", "en-GB-SoniaNeural", "de-DE-KatjaNeural", "es-ES-ElviraNeural",
        "fr-FR-DeniseNeural", "hi-IN-SwaraNeural", "ja-JP-NanamiNeural", "pt-BR-FranciscaNeural", "zh-CN-XiaoxiaoNeural",
      ],
      options: (voice) => ({ provider: { type: "microsoft", voice_id: voice } }),
    },
  },
  {
    id: "heygen",
    label: "HeyGen",
    help: "An avatar of the account or a public one speaks (docs.heygen.com)",
    kinds: [
      {
        id: "avatar",
        label: "Avatar",
        help: "An avatar of the account or a public one",
        avatarLabel: "Avatar",
        avatarHint: "Name of an avatar; empty for the account's default",
        avatar: "",
        // HeyGen-Official/InteractiveAvatarNextJSDemo and StreamingAvatarSDK.
        knownAvatars: [
          "Wayne_20240711", "josh_lite3_20230714", "Ann_Therapist_public", "Shawn_Therapist_public",
          "Bryan_FitnessCoach_public", "Dexter_Doctor_Standing2_public", "Elenora_IT_Sitting_public",
        ],
        fixed: {},
      },
    ],
    options: [
      {
        name: "quality",
        label: "Quality",
        help: "Lines of the picture",
        choices: [
          { value: "medium", label: "480p" },
          { value: "low", label: "360p" },
          { value: "high", label: "720p" },
        ],
      },
      {
        name: "video_encoding",
        label: "Video",
        help: "The codec of the picture",
        choices: [AUTOMATIC, { value: "VP8", label: "VP8" }, { value: "H264", label: "H.264" }],
      },
      // "Paul - Natural" of the same demo.
      {
        name: "voice",
        label: "Voice",
        help: "The id of a voice (voice_id); a HeyGen session has one for all its talks",
        known: ["077ab11b14f04ce0b49b5f6e5cc20979"],
        wrap: (voice) => ({ voice_id: voice }),
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
  const { [TRANSPORT.name]: id = "", ...own } = chosen;
  const set = Object.entries(own).filter(([, value]) => value !== "" && value !== false);
  const wrapped = set.map(([name, value]) => {
    const wrap = provider.options.find((option) => option.name === name)?.wrap;
    return [name, wrap ? wrap(String(value)) : value];
  });
  const options = { ...kind.fixed, ...Object.fromEntries(wrapped), ...more };
  const trimmed = avatar.trim();
  return {
    provider: String(id || provider.id),
    ...(trimmed && { avatar: trimmed }),
    ...(Object.keys(options).length > 0 && { options }),
  };
}
