// The types of the package; docs/mock.md describes the program behind it.

/** A value that the mock judges. */
export interface Expectation {
  readonly operator: "equals" | "contains" | "pattern" | "present";
  readonly wanted: unknown;
}
export function equals(wanted: unknown): Expectation;
/** A text with this text in it, a list with this element, or an object with these members. */
export function contains(part: unknown): Expectation;
/** A text in which this regular expression is found, without lookaround and back references. */
export function pattern(expression: string | RegExp): Expectation;
/** Whether there is a value. */
export function present(isThere?: boolean): Expectation;
/** A call with conditions, for `verifyOrder` and for a fault's `where`. */
export function match(call?: string, expectations?: Expectations): Match;
export interface Match {
  call: string;
  where: Record<string, Record<string, unknown>>;
}

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
  method?: string | RegExp | Expectation;
  /** By path, as `{ "script.input": contains("Hello") }`. */
  body?: Expectation | Record<string, unknown>;
  /** By name; secrets are fingerprints. */
  headers?: Expectation | Record<string, unknown>;
}

/** A call that the mock saw, without its secrets. */
export interface Call {
  number: number;
  /** As `did.speak`; null for a request that is none of the vendors' calls. */
  name: string | null;
  method: string;
  path: string;
  /** 0 where the connection was dropped; null until the mock has decided. */
  status: number | null;
  session: string | null;
  body: any;
  /** By names in lower case; secrets as fingerprints. */
  headers: Record<string, string>;
  /** What is to be spoken, at either vendor. */
  text: string | null;
  note: string | null;
  /** Milliseconds on the mock's clock since its start or last reset, when the request was there. */
  timeMs: number;
  /** The same, when its answer left; null until then. */
  answeredMs: number | null;
  entry: Record<string, any>;
}

/** The mock's clock: idle limits, talks and delayed answers go by it. */
export interface Clock {
  /** Moves the time forward; the seconds since the mock's start. */
  advance(by: { milliseconds?: number; seconds?: number; minutes?: number; hours?: number }): Promise<number>;
  /** Stops the time; `advance` still moves it. */
  stop(): Promise<void>;
  /** Lets the time go on from where it was stopped. */
  resume(): Promise<void>;
  /** Seconds since the mock's start, or its last reset. */
  elapsed(): Promise<number>;
}

/** How D-ID's agents answer. */
export type ChatMode = "Functional" | "TextOnly" | "Maintenance" | "Playground";

/** To which questions an agent answers so, and how, as docs/mock.md has it under "What agents answer". */
export interface AnswerRule {
  /** What a question has in it. */
  contains?: string;
  /** What is found in a question. */
  pattern?: string | RegExp;
  /** Only questions to this agent. */
  agent?: string;
  /** The answer in the parts in which it comes, in place of a text. */
  parts?: string[];
  /** Before each part. */
  delayMs?: number;
  /** What the answer cites. */
  matches?: Record<string, unknown>[];
  /** An error of D-ID's, by its name in `/__admin/errors`. */
  error?: string;
  chatMode?: ChatMode;
  video?: "spoken" | "error" | "rejected";
  /** How many questions it answers; all without. */
  times?: number;
}

/** How far a call has come. */
export type Stage = "arrived" | "answered";

/** A mock of D-ID's and HeyGen's streaming APIs that is running at `url`, or a scenario of it. */
export class AvatarMock {
  constructor(url: string);
  readonly url: string;
  readonly didUrl: string;
  readonly heygenUrl: string;
  readonly clock: Clock;
  /** The header of calls that belong to the scenario; none for the mock as a whole. */
  readonly headers: Record<string, string>;
  /** The key of calls that belong to the scenario, for code whose header cannot be set. */
  readonly key: string;
  /** The calls that match, oldest first. `call` is a name as `did.speak`, or `did.*`, `heygen.*`, `*`. */
  calls(call?: string, expectations?: Expectations): Promise<Call[]>;
  /** Waits until `count` calls match, `timeout` seconds at most (10), and resolves with the last of them. */
  waitFor(call: string, options?: Expectations & { count?: number; timeout?: number; stage?: Stage }): Promise<Call>;
  /** Asserts that calls match: `count` of them, or one at least. */
  verify(call: string, options?: Expectations & { count?: number; stage?: Stage }): Promise<Call[]>;
  /** Asserts that calls came in this order; others may lie between. Each is a name, or what `match` makes. */
  verifyOrder(...calls: (string | Match)[]): Promise<Call[]>;
  /** Asserts that every session was closed; a close that is on its way has `timeout` seconds (5) to arrive. */
  verifyNoOpenSessions(options?: { timeout?: number }): Promise<void>;
  /** The sessions with state, limits and talks. */
  sessions(state?: "open" | "new" | "connecting" | "connected" | "disconnected" | "ended"): Promise<Record<string, any>[]>;
  /** Makes the next calls go wrong, as docs/mock.md has it under "Faults". */
  fault(call: string, effect: Record<string, unknown>): Promise<void>;
  /** Makes the next messages of the data channel go wrong; `delayMs` goes with `late`. */
  messageFault(
    message: string, fate: "lost" | "late" | "twice" | "swapped",
    more?: { delayMs?: number; times?: number; skip?: number; session?: string }): Promise<void>;
  /** Has D-ID's agents answer so from now on, to the questions that a rule is for; without a text, in the question's words. */
  answer(text?: string, rule?: AnswerRule): Promise<void>;
  /** Has an agent answer the next question so, whatever `answer` says of it. */
  answerNext(text?: string, rule?: AnswerRule): Promise<void>;
  /** Has all agents answer in a mode: `TextOnly` is what happens without credits. */
  setChatMode(mode: ChatMode): Promise<void>;
  /** Ends and forgets all sessions, faults and calls, and begins anew, clock and ids included. */
  reset(): Promise<void>;
  /** A world of its own in this mock: calls with its `headers`, or with its `key`, are seen and felt in no other. */
  scenario(name: string): Promise<Scenario>;
  /** A request of the control surface, `/__admin/…`; `timeout` in milliseconds. */
  admin(method: string, path: string, body?: unknown, timeout?: number): Promise<any>;
}

/** A scenario of a mock that is shared. */
export class Scenario extends AvatarMock {
  readonly name: string;
  /** Ends it, with all of its sessions. */
  close(): Promise<void>;
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
