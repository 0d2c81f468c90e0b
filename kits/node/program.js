// Finds the mock's program, runs it, and ends it whatever happens.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { AvatarMock } from "./mock.js";

/** The mock could not be started; the message is what it said. */
export class MockStartError extends Error {
  name = "MockStartError";
}

/** The program that the variable names, the one in the folder, which errors call `place`, or the one in `PATH`. */
export function find(name, variable, folder, place) {
  const inPath = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const candidates = [process.env[variable], ...[folder, ...inPath].map((one) => join(one, name))];
  const file = candidates.find((candidate) => candidate && isExecutable(candidate));
  if (file) return resolve(file);
  throw new MockStartError(`${name} is not ${place}, not in PATH, and ${variable} names none`);
}

/** The program: the one that `AVATAR_MOCK_PROGRAM` names, the one in this package, or the one in `PATH`. */
export function program() {
  return find("mock-provider", "AVATAR_MOCK_PROGRAM", fileURLToPath(new URL("./bin", import.meta.url)), "in this package");
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts a mock of one's own on a port of the system's choice, with options of docs/mock.md, and resolves when it listens.
 * `stop()` ends it; it also ends with this process, even where that is killed, since its standard input is a pipe from here.
 */
export async function startMock(...options) {
  const { ready, stop } = await startProgram(program(), ["--exit-with-parent", "--log-level", "warning", ...options]);
  return Object.assign(new AvatarMock(ready.url), { stop });
}

/** Starts a program that says in a line of JSON that it is ready, and ends with its standard input. */
export async function startProgram(file, options) {
  const child = spawn(file, options, { stdio: ["pipe", "pipe", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (log = (log + text).slice(-65536)));
  const ended = new Promise((settle) => {
    child.once("close", settle);
    child.once("error", (error) => {
      log += error.message;
      settle();
    });
  });
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([new Promise((settle) => lines.once("line", settle)), ended.then(() => null)]);
  if (line === null) throw new MockStartError(log.trim() || "it ended before it was ready");
  return {
    ready: JSON.parse(line),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** Runs `body` with a mock of its own, and ends the mock whatever happens. */
export function withMock(body, ...options) {
  return during(startMock(...options), body);
}

/** Runs `body` with what is being started, and ends that whatever happens. */
export async function during(starting, body) {
  const running = await starting;
  try {
    return await body(running);
  } finally {
    await running.stop();
  }
}
