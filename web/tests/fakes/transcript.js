// Reads the golden transcripts that the Swift tests read too.
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../../Tests/Fixtures/transcripts/", import.meta.url);

/**
 * @typedef {object} Line
 * @property {"client" | "server"} from
 * @property {number} [connection]
 * @property {any} [message]
 * @property {string} [raw]
 * @property {{ id: number | null, kind: string }} [refused]
 */

/** The transcripts of one connection each. */
export function transcriptNames() {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.replace(/\.jsonl$/, ""))
    .filter((name) => transcript(name).every(({ connection = 1 }) => connection === 1));
}

/**
 * @param {string} name
 * @returns {Line[]}
 */
export function transcript(name) {
  const text = readFileSync(new URL(`${name}.jsonl`, FOLDER), "utf8");
  const [, ...lines] = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line));
}
