// Checks which folder of the client imports which: signaling knows nothing of sessions, media nothing of sessions either.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const client = new URL("../client/", import.meta.url);

/** @type {Record<string, string[]>} */
const MAY_IMPORT = {
  connection: ["connection"],
  media: ["connection", "media"],
  session: ["connection", "media", "session"],
};

test("the folders of the client import in one direction", () => {
  const folders = readdirSync(client).filter((name) => !/\.(js|ts)$/.test(name));
  assert.deepEqual(folders.sort(), Object.keys(MAY_IMPORT));
  for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
    const files = readdirSync(new URL(`${folder}/`, client));
    for (const file of files) {
      const source = readFileSync(new URL(`${folder}/${file}`, client), "utf8");
      const imported = [...source.matchAll(/^(?:import|export) .* from "(.*)";$/gm)].map(([, from]) => from);
      for (const from of imported) {
        const target = from.startsWith("./") ? folder : from.split("/")[1];
        assert(from.startsWith(".") && allowed.includes(target), `${folder}/${file} imports ${from}`);
      }
    }
  }
});
