// What each provider understands beside the protocol, under the provider's own names: options of a session and of a talk.

import type { JSONObject } from "./protocol.js";

/** What a D-ID stream shows; without `kind` a photo that talks. */
export type DIDOptions = DIDPhotoOptions | DIDPresenterOptions | DIDAgentOptions;

/** Options of every D-ID stream. */
export type DIDStreamOptions = {
  /** Codec: `on` VP8, `off` H.264, `auto` what the browser has. */
  compatibility_mode?: "on" | "off" | "auto";
  /** The face is seen before it speaks; then the session's event `ready` comes. */
  stream_warmup?: boolean;
  /** Seconds without a talk after which D-ID ends the stream: 1 to 300, or what the server allows. */
  session_timeout?: number;
  /** The longer side in pixels: 150 to 1280, or 0 for D-ID's choice. */
  output_resolution?: number;
  /** No jump between idle and speaking; what is said can be interrupted. */
  fluent?: boolean;
};

/** A photo that talks (`talks/streams`); `avatar` is the photo's URL, D-ID's `source_url`. */
export type DIDPhotoOptions = DIDStreamOptions & {
  kind?: "talk";
  /** The same as `avatar`; give one of the two. */
  source_url?: string;
  /** URL of a recording that the head moves by, or `bank://…`. */
  driver_url?: string;
  /** Where the face is in the photo. */
  face?: DIDFace;
  config?: { motion_factor?: number; align_expand_factor?: number; stitch?: boolean };
};

/** A recorded presenter (`clips/streams`); `avatar` is the presenter's id, D-ID's `presenter_id`. */
export type DIDPresenterOptions = DIDStreamOptions & {
  kind: "clip";
  /** The same as `avatar`; give one of the two. */
  presenter_id?: string;
  driver_id?: string;
};

/** An agent with its own presenter and voice (`agents/{id}/streams`); `avatar` is the agent's id. */
export type DIDAgentOptions = DIDStreamOptions & {
  kind: "agent";
  end_user_data?: { plan?: string };
  config?: JSONObject;
};

/** A face in a photo, in pixels. */
export type DIDFace = {
  size: number;
  top_left: [x: number, y: number];
  overlap?: "NO" | "PARTIAL" | "YES" | "UNKNOWN";
  face_id?: string;
  detect_confidence?: number;
  sharpness?: number;
  face_occluded?: boolean;
  face_occluded_confidence?: number;
  detection?: { top?: number; left?: number; bottom?: number; right?: number };
};

/** Options of a D-ID talk; which of them a stream takes depends on its kind. */
export type DIDTalkOptions = {
  /** The voice; of texts and SSML only. */
  provider?: {
    type: "microsoft" | "elevenlabs" | "azure-openai" | "amazon" | "afflorithmics" | "google" | "playht" | "openai" | "cartesia";
    /** As `en-US-JennyNeural`; only `elevenlabs` has a default. */
    voice_id?: string;
    voice_config?: JSONObject;
    /** As `English (United States)`. */
    language?: string;
    model_id?: string;
    access?: "public" | "premium" | "private" | "external-private";
  };
  /** Whether the text is SSML; `{ ssml: … }` says so by itself. */
  ssml?: boolean;
  /** Whether the talk waits for the one before it instead of cutting it off; expressive avatars only. */
  should_queue_speaks?: boolean;
  /** As `friendly`; expressive avatars only. */
  sentiment?: string;
  /** Refused unless the server's operator allows it. */
  result_url?: string;
  /** 1 to 1000 characters, or an object, that D-ID hands back. */
  user_data?: string | JSONObject;
  name?: string;
  driver_url?: string;
  audio_optimization?: number;
  metadata?: unknown;
  config?: {
    fluent?: boolean;
    /** Seconds of silence after the speech: 0 to 60. */
    pad_audio?: number;
    stitch?: boolean;
    align_driver?: boolean;
    auto_match?: boolean;
    normalization_factor?: number;
    sharpen?: boolean;
    result_format?: "mp4" | "gif" | "mov" | "webm";
    driver_expressions?: JSONObject;
    motion_factor?: number;
    align_expand_factor?: number;
    logo?: { url?: string; position?: [x: number, y: number] } | boolean;
  };
  /** Behind a presenter or an agent: a colour as `#rrggbb`, or false. */
  background?: { color?: string | false };
  presenter_config?: { crop?: JSONObject };
  presenter_id?: string;
  driver_id?: string;
  created_by?: string;
};

/** Options of a HeyGen session (`streaming.new`); `avatar` is the avatar's name, HeyGen's `avatar_name`. */
export type HeyGenOptions = {
  /** Size and rate: low 360p, medium 480p, high 720p. */
  quality?: "low" | "medium" | "high";
  /** The same as `avatar`; give one of the two. */
  avatar_name?: string;
  /** The same under HeyGen's other name. */
  avatar_id?: string;
  voice?: {
    voice_id?: string;
    /** Speed: 1 as it was recorded. */
    rate?: number;
    emotion?: string;
    elevenlabs_settings?: {
      stability?: number;
      similarity_boost?: number;
      style?: number;
      use_speaker_boost?: boolean;
      model_id?: string;
    };
  };
  /** The prompt of talks whose `task_type` is `chat`. */
  knowledge_base?: string;
  knowledge_base_id?: string;
  knowledge_id?: string;
  version?: "v1" | "v2";
  video_encoding?: "VP8" | "H264";
  /** The server refuses `true`. */
  disable_idle_timeout?: boolean;
  /** Seconds without a talk after which HeyGen ends the session: 30 to 3600, or what the server allows. */
  activity_idle_timeout?: number;
  language?: string;
  stt_settings?: { provider?: string; confidence?: number };
  source?: string;
  ia_is_livekit_transport?: boolean;
  silence_response?: boolean;
  /** Refused unless the server's operator allows it. */
  livekit_settings?: JSONObject;
};

/** Options of a HeyGen talk (`streaming.task`). */
export type HeyGenTalkOptions = {
  /** `repeat` speaks the text, `chat` and `talk` an answer to it. */
  task_type?: "repeat" | "chat" | "talk";
  task_mode?: "sync" | "async";
};

/** The options of a provider's session; of another provider than these two any. */
export type OptionsOf<Provider extends string> = Provider extends "did" | "did-websocket"
  ? DIDOptions
  : Provider extends "heygen"
    ? HeyGenOptions
    : JSONObject;

/** The options of a provider's talk. */
export type TalkOptionsOf<Provider extends string> = Provider extends "did" | "did-websocket"
  ? DIDTalkOptions
  : Provider extends "heygen"
    ? HeyGenTalkOptions
    : JSONObject;
