// The public face of the browser client: a session with an avatar, over the signaling connection of signaling.d.ts.

import type {
  CandidateInit,
  CandidatePair,
  Capabilities,
  CloseAction,
  Limits,
  Report,
  Script,
  SessionState,
  TalkPhase,
} from "./protocol.js";
import type { OptionsOf, TalkOptionsOf } from "./providers.js";
import type {
  Clock,
  ClosedEvent,
  ConnectionEvents,
  ConnectionOptions,
  LoggedMessage,
  PageLike,
  SignalingClient,
  SignalingError,
  SocketConstructor,
} from "./signaling.js";

export * from "./providers.js";
export * from "./signaling.js";

/** The part of `sessionStorage` that is used. */
export type StorageLike = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** How a session reaches its relay: by an address of its own, or through a connection that others use, too. */
export type SessionTarget =
  | {
      /** Where the relay listens, as `wss://relay.example/v1/signaling`; a path alone is read relative to the page. */
      url: string;
      client?: undefined;
      /** The access token, where the relay asks for one, or what fetches it: see {@link ConnectionOptions.token}. */
      token?: string | (() => Promise<string>) | undefined;
      /**
       * Comes back to the session when the page is loaded again, or its tab was restored. What that needs is kept in
       * `sessionStorage` under this key; `true` makes one of provider and avatar, which serves one session a page. A
       * session whose media went through a peer connection, which dies with the page, is closed at once by the page that
       * comes next, and a new one is opened; one in a {@link AvatarSession.room} goes on. `recovered` says which.
       */
      resumeAcrossReloads?: boolean | string | undefined;
      /** `sessionStorage` by default, and not `localStorage`, which all tabs share: a session belongs to one. */
      storage?: StorageLike | undefined;
    }
  | {
      /** A connection to share with other sessions; it stays open when the session ends. */
      client: SignalingClient;
      url?: undefined;
      token?: undefined;
      resumeAcrossReloads?: undefined;
      storage?: undefined;
    };

export type SessionOptions<Provider extends string = string> = SessionTarget & {
  /** As `did` or `heygen`. */
  provider: Provider;
  /**
   * Who is seen. `did`: the URL of a photo; the id of a presenter with `options.kind` `clip`; the id of an agent with
   * `agent`. `heygen`: the name of an avatar, or none for the account's own.
   */
  avatar?: string | undefined;
  /** The provider's own options under the provider's own names. */
  options?: OptionsOf<Provider> | undefined;
  /** False: a lost connection ends the session. */
  reconnect?: boolean | undefined;
  /** Gives up the opening when it is aborted, and leaves no session behind. */
  signal?: AbortSignal | undefined;
  /** Added to the peer connection's configuration, as `{ iceTransportPolicy: "relay" }`. */
  rtcConfiguration?: RTCConfiguration | undefined;
  WebSocket?: SocketConstructor | undefined;
  RTCPeerConnection?: (new (configuration?: RTCConfiguration) => RTCPeerConnection) | undefined;
  MediaStream?: (new () => MediaStream) | undefined;
  /** Asks why a connection failed; `fetch` by default, and nothing where another `WebSocket` is given. */
  fetch?: ConnectionOptions["fetch"];
  /**
   * Where `pagehide`, `pageshow`, `online` and `visibilitychange` are listened for; the window by default, null to leave
   * the page's end alone.
   */
  page?: PageLike | null | undefined;
  clock?: Clock | undefined;
  /** From 0 up to 1; spreads the pauses between attempts to connect. `Math.random` by default. */
  random?: (() => number) | undefined;
};

/** A text that comes piece by piece, as a language model writes it: strings, or bytes of UTF-8 as `fetch` has them. */
export type TextPieces = AsyncIterable<string | Uint8Array> | ReadableStream<string> | ReadableStream<Uint8Array>;

/** What the provider accepted to speak. */
export interface Talk {
  /** Its id, as the events of {@link SessionEvents.talk} name it. */
  talk: string;
  /** How long it will be, where the provider says. */
  durationMs?: number;
  /** How long the provider took to accept it. */
  providerMs?: number;
  /**
   * Resolves when it was spoken or cut off. Throws {@link SignalingError}: what the provider says where it failed, and
   * `session.closed` where the session ended before. Of {@link TextPieces} it throws, too, where a later piece failed: what
   * the relay says, `talk.unknown` where nobody can know whether a part is spoken, and `client.textFailed` where the source
   * threw; `cause` is what it threw. What came before that is spoken.
   */
  readonly finished: Promise<TalkEvent>;
}

export interface TalkEvent {
  talk: string;
  phase: TalkPhase;
  /** No data-channel event said so; the duration did. */
  estimated: boolean;
  durationMs: number | undefined;
  /** Only in phase `failed`. */
  error: SignalingError | undefined;
}

/** Where a session stands, for a page to show. */
export type SessionStatus =
  | { phase: "new" }
  | { phase: "connecting" }
  /** The opening waits for a place; one fewer than the position are before it. */
  | { phase: "waiting"; position: number }
  | { phase: "connected" }
  /** The connection was lost: media goes on, and calls wait. The attempt begins in so many ms, or is going on. */
  | { phase: "resuming"; attempt: number; nextInMs: number }
  | { phase: "ended"; reason: ClosedEvent["reason"]; action: CloseAction; afterMs: number | undefined };

/** What became of the session that an earlier page left. */
export interface RecoveredEvent {
  session: string;
  /** It goes on; it was closed, and a new one is opened; or it was over already. */
  outcome: "continued" | "replaced" | "gone";
  /** Why it was over. */
  reason: ClosedEvent["reason"] | undefined;
}

export interface SessionEvents {
  /** The WebSocket under the session. */
  connection: ConnectionEvents["state"];
  /** Where the session stands, all in one. */
  status: SessionStatus;
  /**
   * The session came back, so many milliseconds after its connection was lost. What was missed follows as `replayed`
   * notifications; or there was too much of it, then `state` and `talk` tell how things stand now.
   */
  resumed: { afterMs: number; replayed: number; resynced: boolean };
  /** What an earlier page left was looked after, before this session opened. */
  recovered: RecoveredEvent;
  /** As the relay sees the session. */
  state: { state: SessionState; previous: SessionState | "new" };
  /** Media can flow, and the avatar may be spoken to. Happens once; a later listener is called at once. */
  live: { session: string };
  /**
   * The provider shows its avatar, before it speaks: D-ID's `stream/ready`, with the option `stream_warmup`. Happens
   * once; a later listener is called at once.
   */
  ready: { session: string };
  talk: TalkEvent;
  /** A limit is about to strike. */
  expiring: { cause: "idle" | "lifetime"; inMs: number; extendable: boolean };
  /** The relay is about to leave; all its sessions end within the time. */
  draining: { deadlineMs: number };
  /** Over. Happens once and last, but for `connection` and `message`; a later listener is called at once. */
  closed: ClosedEvent;
  track: { track: MediaStreamTrack; stream: MediaStream };
  candidate: { from: "browser" | "provider"; candidate: CandidateInit | null };
  /** The kinds of candidate that were chosen. */
  candidatepair: CandidatePair;
  ice: { state: RTCIceConnectionState };
  channel: { state: RTCDataChannelState; label: string };
  /** A data-channel message; binary ones decoded as UTF-8. */
  channelmessage: { text: string; binary: boolean };
  /** The browser refused to play with sound, so the video was muted. Unmute it after a click. */
  autoplay: { video: HTMLVideoElement; muted: boolean };
  message: LoggedMessage;
  /** What went wrong beside a call that you await. */
  error: SignalingError;
}

/** What a browser counts of one kind of media. */
export interface TrackStatistics {
  /** As `VP8`, `H264` or `opus`; undefined before anything came. */
  codec: string | undefined;
  /** Since the start, as the other counts. */
  bytes: number;
  packets: number;
  packetsLost: number;
  /** How unevenly packets come, in milliseconds (RFC 3550, section 6.4.1). */
  jitterMs: number | undefined;
}

/** What a browser counts of the media that it receives. Two of these give rates. */
export interface MediaStatistics {
  /** When that was: milliseconds, by a clock that two of these share. */
  at: number;
  /** The pair of candidates that carries the media; undefined while none does. */
  path: (CandidatePair & { remoteAddress: string | undefined; roundTripMs: number | undefined }) | undefined;
  /** Undefined before anything came: for ever where the browser refused video, or none was offered. */
  video:
    | (TrackStatistics & {
        /** In pixels; 0 before the first picture. */
        width: number;
        height: number;
        framesDecoded: number;
        framesDropped: number;
        /** How often the picture stood still for long; undefined where the browser does not count that. */
        freezes: number | undefined;
      })
    | undefined;
  /** The same for sound. `energy` grows while something is heard (W3C webrtc-stats, `totalAudioEnergy`). */
  audio: (TrackStatistics & { energy: number | undefined }) | undefined;
}

/** One conversation with an avatar. */
export class AvatarSession<Provider extends string = string> {
  /**
   * Opens a session and negotiates it; resolves once the provider accepted the answer, so that it may be spoken to.
   * Throws {@link SignalingError}, and then leaves no session behind.
   */
  static open<Provider extends string>(options: SessionOptions<Provider>): Promise<AvatarSession<Provider>>;

  /** For listeners that must hear everything: construct, add them, then {@link start}. */
  constructor(options: SessionOptions<Provider>);
  /** Does what {@link AvatarSession.open} does. */
  start(): Promise<void>;

  readonly state: SessionState | "new";
  readonly status: SessionStatus;
  /** Milliseconds to the relay and back, as last measured. */
  readonly roundTripMs: number | undefined;
  /** The session's id; undefined before it is open. */
  readonly id: string | undefined;
  readonly limits: Limits | undefined;
  readonly capabilities: Capabilities | undefined;
  /** Set where the provider hands out a room (LiveKit and its like) and takes no part in WebRTC here. */
  readonly room: { url: string; token: string } | undefined;
  /** The tracks that have come so far. */
  readonly stream: MediaStream | undefined;
  /** The peer connection, to look at. */
  readonly peerConnection: RTCPeerConnection | undefined;

  /** Shows the avatar in a video element, muted if the browser insists. Returns a function that detaches it. */
  attach(video: HTMLVideoElement): () => void;
  /**
   * Speaks a text, or one of text, SSML and audio URL. Resolves when the provider accepted it. Throws `talk.unknown`
   * where nobody can know whether it is spoken; it is never sent twice. Throws `talk.interrupted` where it was
   * interrupted before its turn came; then it is not spoken. `providerMs` is how long the provider took.
   */
  speak(script: string | Script, options?: TalkOptionsOf<Provider>): Promise<Talk>;
  /**
   * Speaks a text while it is written. Resolves when the provider accepted the first words; the others follow by
   * themselves, one part at a time, over a lost connection too, and what comes while a part is on its way joins the next.
   * The source is read a few thousand characters ahead. {@link interrupt} and the signal end the talk and the source (its
   * `return` or `cancel` is called); aborted before the first words were accepted it throws `client.cancelled`.
   */
  speak(pieces: TextPieces, options?: TalkOptionsOf<Provider>, how?: { signal?: AbortSignal | undefined }): Promise<Talk>;
  /**
   * Stops what is being said and gives up what was asked for before; with a talk's id stops that talk alone. It does not
   * wait for a talk that is still on its way to the provider: that one is cut off as soon as the provider accepted it.
   */
  interrupt(talk?: string): Promise<void>;
  /** Keeps the session alive. Throws `notSupported` where the provider cannot. */
  extend(): Promise<{ expiresInMs?: number; providerMs?: number }>;
  /**
   * Tells the relay what the browser sees. Needed only with a {@link room}, since only your room client knows its ICE
   * states; otherwise it is done for you.
   */
  report(report: Report): Promise<void>;
  /** What the browser counts of the media; undefined without a {@link peerConnection}. */
  statistics(): Promise<MediaStatistics | undefined>;
  /** Ends the session; more calls do no harm. */
  close(): Promise<void>;
  /** Returns a function that takes the listener away again. */
  on<Name extends keyof SessionEvents>(name: Name, listener: (event: SessionEvents[Name]) => void): () => void;
  /** As {@link on}, for the next event only. */
  once<Name extends keyof SessionEvents>(name: Name, listener: (event: SessionEvents[Name]) => void): () => void;
  /** Takes a listener away, of {@link on} or {@link once}. */
  off<Name extends keyof SessionEvents>(name: Name, listener: (event: SessionEvents[Name]) => void): void;
}
