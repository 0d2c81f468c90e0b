// The public face of the browser client: a session with an avatar, and the signaling connection under it.

import type {
  CandidateInit,
  CandidatePair,
  Capabilities,
  CloseAction,
  CloseReason,
  End,
  ErrorKind,
  ErrorObject,
  Limits,
  Methods,
  Notification,
  ProviderWords,
  Report,
  Script,
  SessionState,
  Snapshot,
  TalkPhase,
} from "./protocol.js";

export * from "./protocol.js";

/** The sub-protocol that every connection asks for. */
export const SUBPROTOCOL: "avatar-relay.v1";

/** What to do after a connection closed with this code: the registry of docs/protocol.md, and RFC 6455 for the rest. */
export function actionAfterClose(code: number): CloseAction;

/** A copy of a signaling message with secrets, credentials, tokens and ICE passwords blotted out. */
export function redact<Message>(message: Message): Message;

/** What went wrong, whose fault it is, and whether trying again may help. */
export class SignalingError extends Error {
  constructor(fault: {
    kind: ErrorKind;
    message: string;
    code?: number;
    retryable?: boolean;
    retryAfterMs?: number;
    limit?: string;
    provider?: ProviderWords;
    end?: End;
    method?: string;
    cause?: unknown;
  });
  /** A stable symbolic name, as `provider.sessionLimit`; `client.…` where the fault arose in the browser. */
  readonly kind: ErrorKind;
  /** The number on the wire; 0 where the fault arose in the browser. */
  readonly code: number;
  /** Whether the same request may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** Milliseconds to wait before trying again, if anybody said so. */
  readonly retryAfterMs: number | undefined;
  /** Which limit of the relay's operator it is about, as `sessionsPerSubject`. */
  readonly limit: string | undefined;
  /** The provider's own status, code and words. */
  readonly provider: ProviderWords | undefined;
  /** Why the session is over, where the relay said so. */
  readonly end: End | undefined;
  /** The method that failed. */
  readonly method: string | undefined;
  /** Reads the error object of a response. */
  static fromObject(object: ErrorObject, method?: string): SignalingError;
  /** Wraps what a browser API threw; a `SignalingError` stays as it is. */
  static from(error: unknown, kind: ErrorKind, what: string): SignalingError;
}

/** Time, so that tests can own it. */
export interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** Milliseconds since 1970, by the machine's own clock; only to know when a token expires. */
  wallTime(): number;
  /** Calls back once after so many milliseconds; the returned function cancels. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The part of a window that is used: it hears `pagehide`, `online` and `visibilitychange`. */
export type PageLike = Pick<EventTarget, "addEventListener" | "removeEventListener"> & {
  readonly document?: { readonly visibilityState: string };
};

/** The part of `sessionStorage` that is used. */
export type StorageLike = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The part of a browser's WebSocket that is used. */
export interface SocketLike {
  readonly protocol: string;
  binaryType: string;
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}
export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** One signaling message, redacted, as it went or came. */
export interface LoggedMessage {
  direction: "sent" | "received";
  /** Milliseconds since the connection was begun. */
  at: number;
  /** Size of the original in UTF-8 bytes. */
  bytes: number;
  /** The redacted message; undefined where it was not JSON. */
  message: Record<string, unknown> | undefined;
}

/** `resuming`: the connection was lost, and it is tried again. */
export type ConnectionState = "idle" | "connecting" | "open" | "resuming" | "closing" | "closed";

export interface ConnectionClosed {
  code: number;
  reason: string;
  /** Whether the closing handshake was completed. */
  clean: boolean;
  action: CloseAction;
  /** How many milliseconds to wait before that, at the least. */
  afterMs: number;
}

/** A session that is over though its relay did not say so on this connection. */
export interface SessionEnd extends ClosedEvent {
  session: string;
}

export interface ConnectionEvents {
  /** `attempt` counts from 1, the next one begins in `nextInMs` milliseconds: 0 while it is under way. */
  state: { state: Exclude<ConnectionState, "resuming"> } | { state: "resuming"; attempt: number; nextInMs: number };
  message: LoggedMessage;
  /** In order and without gaps; what was missed while the connection was lost comes after `resumed`. */
  notification: Notification;
  /** A session came back, so many ms after it was lost; `replayed` notifications follow, or none (`resync`). */
  resumed: { session: string; afterMs: number; replayed: number; resync: Snapshot | undefined };
  /** A session could not be resumed. */
  ended: SessionEnd;
  /** The connection is over and will not be tried again. */
  closed: ConnectionClosed;
  /** What could not be told to whoever asked: malformed messages, gaps in `seq`, responses to nobody. */
  error: SignalingError;
}

export interface ConnectionOptions {
  /** As `wss://relay.example/v1/signaling`; a path alone is read relative to the page. */
  url: string;
  /**
   * The access token, where the relay asks for one, or what fetches it. It travels as a sub-protocol or in `authorize`,
   * never in the URL. A function is called for each attempt to connect, before the token expires (its `exp`), and when
   * the relay says that it did; it has 10 seconds. With a string, a page shows a newer one by `request("authorize", {
   * token })`, and connections from then on bring that.
   */
  token?: string | (() => Promise<string>);
  /** How long the connection may take to open; 10 seconds by default. */
  connectTimeoutMs?: number;
  /** How long an answer may take; 30 seconds by default. */
  requestTimeoutMs?: number;
  /** False: a lost connection is not tried again, and its sessions are over. */
  reconnect?: boolean;
  /** How long a lost connection is tried again; 5 minutes by default. A session ends earlier, with its `graceMs`. */
  reconnectForMs?: number;
  WebSocket?: SocketConstructor;
  /** Where `online` and `visibilitychange` are listened for; the window by default, null for nowhere. */
  page?: PageLike | null;
  clock?: Clock;
  /** From 0 up to 1; spreads the pauses. `Math.random` by default. */
  random?: () => number;
}

export interface RequestOptions<Result> {
  timeoutMs?: number;
  /** Called before the promise is settled, and also for an answer that comes after its time (then `late`). */
  onResult?: (result: Result, how: { late: boolean }) => void;
  /** Called while the request waits at the relay for a place; the time for its answer begins anew each time. */
  onQueued?: (position: number) => void;
}

/**
 * A connection to a relay that comes back when it is lost, with the sessions that were opened through it: requests out,
 * responses and notifications in. Many sessions may share it.
 *
 * A request about a session that was not answered when the connection was lost is sent again with the same id once the
 * session is resumed, and what is asked meanwhile (256 requests at most) waits. So a text is spoken at most once; where
 * nobody can know whether it was, its `speak` is rejected with `talk.unknown`.
 */
export class SignalingClient {
  constructor(options: ConnectionOptions);
  readonly state: ConnectionState;
  /** Milliseconds to the relay and back, as last measured; it is measured when nothing came for 15 seconds. */
  readonly roundTripMs: number | undefined;
  /** Resolves once the relay accepted the connection. Throws `client.connectFailed` or `client.cancelled`. */
  connect(): Promise<void>;
  /** Sends a request and waits for its answer. Throws {@link SignalingError}. */
  request<Method extends keyof Methods>(
    method: Method,
    params: Methods[Method]["params"],
    options?: RequestOptions<Methods[Method]["result"]>,
  ): Promise<Methods[Method]["result"]>;
  /** Milliseconds to the relay and back. */
  ping(): Promise<number>;
  /** Closes its sessions and the connection, for good. */
  close(): void;
  /** Returns a function that takes the listener away again. */
  on<Name extends keyof ConnectionEvents>(
    name: Name,
    listener: (event: ConnectionEvents[Name]) => void,
  ): () => void;
}

export interface SessionOptions {
  /** Where the relay listens. Either this or `client`. */
  url?: string;
  /** The access token, where the relay asks for one; with `url` only. */
  token?: string | (() => Promise<string>);
  /**
   * Comes back to the session when the page is loaded again, or its tab was restored; with `url` only. What that needs
   * is kept in `sessionStorage` under this key; `true` makes one of provider and avatar, which serves one session a
   * page. A session whose media went through a peer connection, which dies with the page, is closed at once by the page
   * that comes next, and a new one is opened; one in a {@link AvatarSession.room} goes on. `recovered` says which.
   */
  resumeAcrossReloads?: boolean | string;
  /** `sessionStorage` by default, and not `localStorage`, which all tabs share: a session belongs to one. */
  storage?: StorageLike;
  /** False: a lost connection ends the session. */
  reconnect?: boolean;
  /** A connection to share with other sessions; it stays open when the session ends. */
  client?: SignalingClient;
  /** As `did` or `heygen`. */
  provider: string;
  /** The provider's own name or URL of an avatar. */
  avatar?: string;
  /** The provider's own options under the provider's own names. */
  options?: Record<string, unknown>;
  /** Gives up the opening when it is aborted, and leaves no session behind. */
  signal?: AbortSignal;
  /** Added to the peer connection's configuration, as `{ iceTransportPolicy: "relay" }`. */
  rtcConfiguration?: RTCConfiguration;
  WebSocket?: SocketConstructor;
  RTCPeerConnection?: new (configuration?: RTCConfiguration) => RTCPeerConnection;
  MediaStream?: new () => MediaStream;
  /**
   * Where `pagehide`, `online` and `visibilitychange` are listened for; the window by default, null to leave the page's
   * end alone.
   */
  page?: PageLike | null;
  clock?: Clock;
  /** From 0 up to 1; spreads the pauses between attempts to connect. `Math.random` by default. */
  random?: () => number;
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

export interface ClosedEvent {
  /** `sequenceGap`: the relay left notifications out, twice at the same place. */
  reason: CloseReason | "sequenceGap";
  action: CloseAction;
  /** The WebSocket's close code, where the connection and not the session ended first. */
  closeCode?: number;
  /** How many milliseconds to wait before the action, at the least. */
  afterMs?: number;
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
  /** Media can flow. Happens once; a later listener is called at once. */
  live: { session: string };
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
export class AvatarSession {
  /**
   * Opens a session and negotiates it; resolves once the provider accepted the answer, so that it may be spoken to.
   * Throws {@link SignalingError}, and then leaves no session behind.
   */
  static open(options: SessionOptions): Promise<AvatarSession>;

  /** For listeners that must hear everything: construct, add them, then {@link start}. */
  constructor(options: SessionOptions);
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
  speak(
    script: string | Script,
    options?: Record<string, unknown>,
  ): Promise<{ talk: string; durationMs?: number; providerMs?: number }>;
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
}
