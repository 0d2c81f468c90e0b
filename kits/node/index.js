// D-ID's and HeyGen's streaming APIs on a port of this machine, for tests in node:test, Vitest, Playwright and others.
export { contains, equals, match, pattern, present } from "./matching.js";
export { AvatarMock, MockError, Scenario } from "./mock.js";
export { MockStartError, program, startMock, withMock } from "./program.js";
export { relayProgram, startRelay, withRelay } from "./relay.js";
