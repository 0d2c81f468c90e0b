// The wire profile avatar-relay.v1 as types: what docs/protocol.md writes in words.

/** Names of errors as the relay sends them; one registry, in `Sources/Signaling/Errors/SignalingError.swift`. */
export type RelayErrorKind =
  | "message.notJSON"
  | "message.invalidRequest"
  | "message.methodNotFound"
  | "message.invalidParams"
  | "server.internalError"
  | "request.conflict"
  | "request.stale"
  | "request.overload"
  | "request.rate"
  | "request.outOfOrder"
  | "session.notFound"
  | "session.wrongState"
  | "session.limit"
  | "session.closed"
  | "session.secretInvalid"
  | "talk.tooLong"
  | "talk.tooShort"
  | "talk.unknown"
  | "talk.notFound"
  | "talk.limit"
  | "talk.interrupted"
  | "sdp.invalid"
  | "candidate.invalid"
  | "candidate.limit"
  | "provider.notConfigured"
  | "provider.unauthorized"
  | "provider.permission"
  | "provider.insufficientCredits"
  | "provider.sessionLimit"
  | "provider.rateLimited"
  | "provider.avatarNotFound"
  | "provider.rejected"
  | "provider.moderation"
  | "provider.notReady"
  | "provider.sessionGone"
  | "provider.unavailable"
  | "provider.unreachable"
  | "provider.fateUnknown"
  | "provider.malformedReply"
  | "access.required"
  | "access.denied"
  | "access.forbidden"
  | "access.expired"
  | "access.budget"
  | "notSupported"
  | "server.draining"
  | "server.paused"
  | "server.ledgerUnavailable";

/** Errors that arise in the browser and never travel. */
export type ClientErrorKind =
  | "client.connectFailed"
  | "client.connectionClosed"
  | "client.timeout"
  | "client.cancelled"
  | "client.overload"
  | "client.malformedMessage"
  | "client.sequenceGap"
  | "client.storageFailed"
  | "client.wrongState"
  | "client.channelNotOpen"
  | "client.textFailed"
  | "client.peerFailed"
  | "client.iceFailed";

/** A kind of a newer relay is possible, hence any string. */
export type ErrorKind = RelayErrorKind | ClientErrorKind | (string & {});

/** The provider's own words about an error. */
export interface ProviderWords {
  status: number;
  code?: string;
  message?: string;
}

/** The error object of a response, and of a failed talk. */
export interface ErrorObject {
  code: number;
  message: string;
  data?: {
    kind?: string;
    retryable?: boolean;
    retryAfterMs?: number;
    /** Which limit of the relay's operator it is about. */
    limit?: string;
    provider?: ProviderWords;
    /** Why the session is over, on an error that says that it is. */
    end?: End;
  };
}

/** Why a session is over, what to do, and after how many milliseconds at the least. */
export interface End {
  reason: CloseReason;
  action: CloseAction;
  afterMs?: number;
}

export type SessionState = "opening" | "offered" | "answering" | "connecting" | "live" | "closing" | "closed";
export type TalkPhase = "accepted" | "started" | "ended" | "failed";
export type CloseAction = "resume" | "reconnect" | "stop";
export type CloseReason =
  | "client"
  | "idle"
  | "lifetime"
  | "provider"
  | "connectionLost"
  | "draining"
  | "openFailed"
  | "access"
  | "budget"
  | "takenOver"
  | "operator";

export interface Description<Kind extends "offer" | "answer"> {
  type: Kind;
  sdp: string;
}

/** W3C's `RTCIceCandidateInit` as this protocol carries it. */
export interface CandidateInit {
  candidate: string;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
  usernameFragment?: string | null;
}

export interface IceServerInit {
  urls: string[];
  username?: string;
  credential?: string;
}

export interface DataChannelInit {
  openedBy: "client" | "provider";
  label?: string;
  frames: "text" | "binary";
}

/** Milliseconds, and the length of a text; an absent member means no limit. */
export interface Limits {
  idleMs?: number;
  lifetimeMs?: number;
  graceMs: number;
  /** What no text that is short enough has more bytes of UTF-8 than. */
  maxTextBytes: number;
  /** How long a text is, as the provider counts: `utf16` is JavaScript's `length`. */
  text: { unit: "utf16" | "bytes"; min: number; max: number };
}

export interface Capabilities {
  interrupt: "relay" | "dataChannel" | "none";
  extend: boolean;
  ssml: boolean;
  audio: boolean;
  trickle: boolean;
  /** Whether the provider itself takes a text in parts, or the relay joins them into sentences. */
  parts: "native" | "joined";
}

/** The result of `session.open`. */
export interface OpenedSession {
  session: string;
  secret: string;
  provider: string;
  offer?: Description<"offer">;
  iceServers?: IceServerInit[];
  room?: { url: string; token: string };
  dataChannel?: DataChannelInit;
  limits: Limits;
  capabilities: Capabilities;
  providerMs?: number;
}

/** Which kinds of candidate carry the media. */
export interface CandidatePair {
  local: string;
  remote: string;
  protocol: string;
}

export type Report =
  | { iceConnectionState: string }
  | { dataChannelState: string }
  | { dataChannelMessage: string }
  | { candidatePair: CandidatePair };

/** What is spoken: exactly one of text, SSML, and the URL of a recording. */
export type Script =
  | { text: string; ssml?: never; audioUrl?: never }
  | { ssml: string; text?: never; audioUrl?: never }
  | { audioUrl: string; text?: never; ssml?: never };

/** The beginning of a talk whose other parts follow. */
export type OpenScript = { open: true; text?: string; ssml?: never; audioUrl?: never };

/** Members under a provider's own names. */
export type JSONObject = Record<string, unknown>;

/** How a session goes on with another connection. */
export interface Resumed {
  /** What the next resume is done with. */
  secret: string;
  /** So many notifications follow, which were missed. */
  replayed?: number;
  /** They are gone; this is how the session stands. */
  resync?: Snapshot;
}

/** All of a session's state that notifications tell of; they go on with `seq` + 1. */
export interface Snapshot {
  seq: number;
  state: SessionState;
  talks: { talk: string; phase: TalkPhase | "unknown"; durationMs?: number }[];
  iceState: string;
  expiresInMs?: number;
  dataChannel?: string;
}

/** Each method with its parameters and its result. `providerMs` is how long the provider took over it. */
export interface Methods {
  /** Shows a token; a later one of the same subject takes the place of the first. */
  authorize: { params: { token: string }; result: {} };
  "session.open": {
    params: { provider: string; avatar?: string; options?: JSONObject };
    result: OpenedSession;
  };
  "session.offer": {
    params: { session: string; offer: Description<"offer"> };
    result: { answer: Description<"answer">; providerMs?: number };
  };
  "session.answer": {
    params: { session: string; answer: Description<"answer"> };
    result: { providerMs?: number };
  };
  "session.candidate": { params: { session: string; candidate: CandidateInit | null }; result: {} };
  "session.speak": {
    params: { session: string; options?: JSONObject } & (Script | OpenScript);
    result: { talk: string; durationMs?: number; providerMs?: number };
  };
  /** The next part of a talk that was begun open; parts are counted from 1. */
  "session.speakPart": {
    params: { session: string; talk: string; index: number; text: string };
    result: { interrupted?: true; providerMs?: number };
  };
  /** The end of a talk that was begun open; counted as its parts are. */
  "session.speakEnd": {
    params: { session: string; talk: string; index: number };
    result: { interrupted?: true; providerMs?: number };
  };
  "session.interrupt": {
    params: { session: string; talk?: string };
    /** With `pending` a talk that is on its way is cut off later, which `session.interrupted` tells. */
    result: { sendOnDataChannel?: string; pending?: true; providerMs?: number };
  };
  "session.extend": { params: { session: string }; result: { expiresInMs?: number; providerMs?: number } };
  "session.report": { params: { session: string } & Report; result: {} };
  "session.close": { params: { session: string }; result: {} };
  /** Takes a session over to this connection; the client does it by itself. */
  "session.resume": { params: { session: string; secret: string; lastSeq: number }; result: Resumed };
  ping: { params: {} | undefined; result: {} };
}

/** Each notification with its parameters; those about a session carry its growing `seq`. */
export interface Notifications {
  "session.state": { session: string; seq: number; state: SessionState };
  "session.talk": {
    session: string;
    seq: number;
    talk: string;
    phase: TalkPhase;
    estimated?: boolean;
    durationMs?: number;
    error?: ErrorObject;
  };
  /** A talk was cut off that was on its way when it was interrupted. The client sends the text by itself. */
  "session.interrupted": {
    session: string;
    seq: number;
    talk: string;
    sendOnDataChannel?: string;
    error?: ErrorObject;
  };
  "session.candidate": { session: string; seq: number; candidate: CandidateInit | null };
  "session.expiring": {
    session: string;
    seq: number;
    cause: "idle" | "lifetime";
    inMs: number;
    extendable: boolean;
  };
  "session.closed": { session: string; seq: number } & End;
  /** A request waits for a place; one fewer than the position are before it. */
  "request.queued": { id: number; position: number };
  "server.draining": { deadlineMs: number };
}

/** A notification as it is handed to a listener. */
export type Notification = {
  [Name in keyof Notifications]: { method: Name; params: Notifications[Name] };
}[keyof Notifications];
