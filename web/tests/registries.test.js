// The client's and the console's lists against the relay's registries in Swift: neither may drift.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { actionAfterClose } from "../client/avatar-relay.js";
import { ending, hintFor, KNOWN_KINDS } from "../console/session/hints.js";

const root = new URL("../../", import.meta.url);

/**
 * A type of the relay's with its extensions, as they stand in a file.
 * @param {string} file
 * @param {string} type
 */
function swift(file, type) {
  const source = readFileSync(new URL(`Sources/Signaling/${file}.swift`, root), "utf8");
  const blocks = [...source.matchAll(new RegExp(`^(?:public enum|extension) ${type}\\b.*?^}`, "gms"))].map(([block]) => block);
  assert.ok(blocks.length > 0, `${file} declares ${type}`);
  return blocks.join("\n");
}

const declarations = readFileSync(new URL("web/client/protocol.d.ts", root), "utf8");

/**
 * The strings of a union type in the declarations.
 * @param {string} name
 */
function union(name) {
  const [, body = ""] = declarations.match(new RegExp(`export type ${name} =([^;]*);`)) ?? [];
  return [...body.matchAll(/"([^"]+)"/g)].map(([, value]) => value).sort();
}

const kinds = [...swift("Errors/SignalingError", "ErrorKind").matchAll(/case \w+ = "([^"]+)"/g)].map(([, kind]) => kind).sort();

test("the declared error kinds are the registry's", () => {
  assert.ok(kinds.length > 30);
  assert.deepEqual(union("RelayErrorKind"), kinds);
});

test("the console has words for every kind and for no other", () => {
  assert.deepEqual([...KNOWN_KINDS].sort(), [...kinds, ...union("ClientErrorKind")].sort());
  assert.match(hintFor("made.up").advice, /made\.up/);
});

test("the action after each of the relay's close codes is the registry's", () => {
  const source = swift("Errors/CloseCode", "CloseCode");
  const cases = [...source.matchAll(/case (\w+) = (\d+)/g)];
  const codes = Object.fromEntries(cases.map(([, name, code]) => [name, Number(code)]));
  const actions = [...source.matchAll(/case ((?:\.\w+(?:,\s+)?)+):\s+\.(resume|reconnect|stop)/g)];
  const named = actions.flatMap(([, names, action]) => names.split(/,\s+/).map((name) => [name.slice(1), action]));
  assert.equal(named.length, Object.keys(codes).length);
  for (const [name, action] of named) assert.equal(actionAfterClose(codes[name]), action, name);
});

test("codes of nobody's registry follow their range", () => {
  for (const code of [1005, 1006, 1012]) assert.equal(actionAfterClose(code), "resume", `${code}`);
  for (const code of [4000, 4499]) assert.equal(actionAfterClose(code), "reconnect", `${code}`);
  for (const code of [1000, 1008, 1010, 3000, 4500]) assert.equal(actionAfterClose(code), "stop", `${code}`);
});

test("the reasons of a session's end are the registry's, and the console has words for each", () => {
  const reasons = [...swift("Errors/CloseCode", "CloseReason").matchAll(/case (\w+)(?: = "(\w+)")?$/gm)].map(([, name, raw]) => raw ?? name).sort();
  assert.deepEqual(union("CloseReason"), reasons);
  for (const reason of /** @type {any[]} */ (reasons)) assert.ok(!ending({ reason, action: "stop" }).includes("("));
});

test("states and phases are the registry's", () => {
  const states = [...swift("Messages/CallResult", "SessionState").matchAll(/case (\w+)$/gm)].map(([, state]) => state).sort();
  assert.deepEqual(union("SessionState"), states);
  const phases = [...swift("Messages/Notification", "TalkPhase").matchAll(/case (\w+)\(/g)].map(([, phase]) => phase).sort();
  assert.deepEqual(union("TalkPhase"), phases);
});

/**
 * The names of all options of a vendor: in the relay's tables, and in the declarations.
 * @param {string} table a Swift file
 * @param {RegExp} type of the vendor's declarations
 */
function optionNames(table, type) {
  const rules = readFileSync(new URL(`Sources/Providers/${table}.swift`, root), "utf8");
  const code = rules.slice(rules.search(/^enum \w+Options/m)).replace(/\/\/.*/g, "").split(/^enum DIDStreamKind/m)[0];
  const constants = [...code.matchAll(/static let \w+ = "(\w+)"/g)].map(([, name]) => name);
  const inTable = [...code.matchAll(/"(\w+)":/g)].map(([, name]) => name);
  const types = readFileSync(new URL("web/client/providers.d.ts", root), "utf8").replace(/\/\*\*.*?\*\//gs, "");
  const declared = [...types.matchAll(/^export type (\w+) =(.*?)^(?:};|$)/gms)].filter(([, name]) => type.test(name));
  const members = declared.flatMap(([, , body]) => [...body.matchAll(/(\w+)\??: /g)].map(([, name]) => name));
  return [[...constants, ...inTable], members].map((names) => [...new Set(names)].filter((name) => !/^[xy]$/.test(name)).sort());
}

test("the declared options of each provider are those that its adapter takes", () => {
  for (const [table, type] of /** @type {[string, RegExp][]} */ ([
    ["DID/DIDOptions", /^DID/],
    ["HeyGen/HeyGenSessionPlan", /^HeyGen/],
  ])) {
    const [taken, declared] = optionNames(table, type);
    assert.ok(taken.length > 20, table);
    assert.deepEqual(declared, taken, table);
  }
});
