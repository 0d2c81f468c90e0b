// The signaling connection as types, which need none of a browser's: for pages, for Node, and for workers.

import type {
  CloseAction,
  CloseReason,
  End,
  ErrorKind,
  ErrorObject,
  Methods,
  Notification,
  ProviderWords,
  Snapshot,
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
    code?: number | undefined;
    retryable?: boolean | undefined;
    retryAfterMs?: number | undefined;
    limit?: string | undefined;
    provider?: ProviderWords | undefined;
    end?: End | undefined;
    method?: string | undefined;
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

/** The part of a window that is used: it hears `pagehide`, `pageshow`, `online` and `visibilitychange`. */
export interface PageLike {
  addEventListener(name: string, listener: (event: any) => void): void;
  removeEventListener(name: string, listener: (event: any) => void): void;
  readonly document?: { readonly visibilityState: string };
}

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
  token?: string | (() => Promise<string>) | undefined;
  /** How long the connection may take to open; 10 seconds by default. */
  connectTimeoutMs?: number | undefined;
  /** How long an answer may take; 30 seconds by default. */
  requestTimeoutMs?: number | undefined;
  /** False: a lost connection is not tried again, and its sessions are over. */
  reconnect?: boolean | undefined;
  /** How long a lost connection is tried again; 5 minutes by default. A session ends earlier, with its `graceMs`. */
  reconnectForMs?: number | undefined;
  WebSocket?: SocketConstructor | undefined;
  /** Asks why a connection failed; `fetch` by default, and nothing where another `WebSocket` is given. */
  fetch?: ((url: string, init: any) => Promise<{ readonly status: number }>) | undefined;
  /** Where `online` and `visibilitychange` are listened for; the window by default, null for nowhere. */
  page?: PageLike | null | undefined;
  clock?: Clock | undefined;
  /** From 0 up to 1; spreads the pauses. `Math.random` by default. */
  random?: (() => number) | undefined;
}

export interface RequestOptions<Result> {
  timeoutMs?: number | undefined;
  /** Called before the promise is settled, and also for an answer that comes after its time (then `late`). */
  onResult?: ((result: Result, how: { late: boolean }) => void) | undefined;
  /** Called while the request waits at the relay for a place; the time for its answer begins anew each time. */
  onQueued?: ((position: number) => void) | undefined;
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
  /** Takes a listener away. */
  off<Name extends keyof ConnectionEvents>(name: Name, listener: (event: ConnectionEvents[Name]) => void): void;
}

export interface ClosedEvent {
  /** `sequenceGap`: the relay left notifications out, twice at the same place. */
  reason: CloseReason | "sequenceGap";
  action: CloseAction;
  /** The WebSocket's close code, where the connection and not the session ended first. */
  closeCode?: number | undefined;
  /** How many milliseconds to wait before the action, at the least. */
  afterMs?: number | undefined;
}
