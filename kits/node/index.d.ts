// The types of the package; docs/mock.md describes the program behind it.

/** A value that is judged by a test. */
export interface Expectation {
  readonly words: string;
  holds(value: unknown): boolean;
}
/** A text with this text in it, or a list with this element. */
export function contains(part: unknown): Expectation;
/** A text in which this regular expression is found. */
export function pattern(expression: string | RegExp): Expectation;

/** What is expected of a call: a value, a regular expression, or a judgement. */
export interface Expectations {
  /** What is to be spoken, at either vendor. */
  text?: string | RegExp | Expectation;
  session?: string | RegExp | Expectation;
  /** The HTTP status; 0 where the connection was dropped. */
  status?: number | Expectation;
  path?: string | RegExp | Expectation;
  /** Why the mock refused it. */
  note?: string | RegExp | Expectation;
  /** By path, as `{ "script.input": contains("Hello") }`. */
  body?: Expectation | Record<string, unknown>;
}

/** A call that the mock saw, without its secrets. */
export interface Call {
  number: number;
  /** As `did.speak`; null for a request that is none of the vendors' calls. */
  name: string | null;
  method: string;
  path: string;
  status: number;
  session: string | null;
  body: any;
  note: string | null;
  /** Milliseconds on the mock's clock since its start. */
  timeMs: number;
  text: string | null;
  entry: Record<string, any>;
}

/** The mock's clock: idle limits, talks and delayed answers go by it. */
export interface Clock {
  /** Moves the time forward; the seconds since the mock's start. */
  advance(by: { milliseconds?: number; seconds?: number; minutes?: number; hours?: number }): Promise<number>;
  /** Seconds since the mock's start. */
  elapsed(): Promise<number>;
}

/** A mock of D-ID's and HeyGen's streaming APIs that is running at `url`. */
export class AvatarMock {
  constructor(url: string);
  readonly url: string;
  readonly didUrl: string;
  readonly heygenUrl: string;
  readonly clock: Clock;
  /** The calls that match, oldest first. `call` is a name as `did.speak`, or `did.*`, `heygen.*`, `*`. */
  calls(call?: string, expectations?: Expectations): Promise<Call[]>;
  /** Waits until `count` calls match, `timeout` seconds at most (10), and resolves with the last of them. */
  waitFor(call: string, options?: Expectations & { count?: number; timeout?: number }): Promise<Call>;
  /** Asserts that calls match: `count` of them, or one at least. */
  verify(call: string, options?: Expectations & { count?: number }): Promise<Call[]>;
  /** Asserts that calls of these names came in this order; others may lie between. */
  verifyOrder(...calls: string[]): Promise<void>;
  /** Asserts that every session was closed; a close that is on its way has `timeout` seconds (5) to arrive. */
  verifyNoOpenSessions(options?: { timeout?: number }): Promise<void>;
  /** The sessions with state, limits and talks. */
  sessions(state?: "open" | "new" | "connecting" | "connected" | "disconnected" | "ended"): Promise<Record<string, any>[]>;
  /** Makes the next calls go wrong, as docs/mock.md has it under "Faults". */
  fault(call: string, effect: Record<string, unknown>): Promise<void>;
  /** Ends and forgets all sessions, faults and calls. */
  reset(): Promise<void>;
  /** A request of the control surface, `/__admin/…`. */
  admin(method: string, path: string, body?: unknown): Promise<any>;
}

/** The mock refused what it was asked for; the message is its own. */
export class MockError extends Error {}
/** The mock could not be started; the message is what it said. */
export class MockStartError extends Error {}

/** A mock that this process started. */
export interface RunningMock extends AvatarMock {
  /** Ends it. It also ends with this process. */
  stop(): Promise<void>;
}
/** The program: the one that `AVATAR_MOCK_PROGRAM` names, the one in this package, or the one in `PATH`. */
export function program(): string;
/** Starts a mock of one's own, with options of docs/mock.md, and resolves when it listens. */
export function startMock(...options: string[]): Promise<RunningMock>;
/** Runs `body` with a mock of its own, and ends the mock whatever happens. */
export function withMock<Result>(body: (mock: RunningMock) => Promise<Result>, ...options: string[]): Promise<Result>;

/** A relay that this process started, `avatar-relay dev`, and the mock that stands in for its providers. */
export interface RunningRelay {
  /** Where its pages are. */
  readonly url: string;
  /** Where clients connect. */
  readonly signalingUrl: string;
  /** The mock, by way of the relay; `didUrl` and `heygenUrl` are its own address. */
  readonly mock: AvatarMock;
  /** The clock of both: what is moved here moves relay and mock. */
  readonly clock: Clock;
  /** Ends both. They also end with this process. */
  stop(): Promise<void>;
}
/** The relay's program: the one that `AVATAR_DEV_PROGRAM` names, the one beside the mock's, or the one in `PATH`. */
export function relayProgram(): string;
/** Starts a relay and a mock of one's own, with options of `avatar-relay dev`, and resolves when it listens. */
export function startRelay(...options: string[]): Promise<RunningRelay>;
/** Runs `body` with a relay and a mock of its own, and ends both whatever happens. */
export function withRelay<Result>(body: (relay: RunningRelay) => Promise<Result>, ...options: string[]): Promise<Result>;
