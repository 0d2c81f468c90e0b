#!/usr/bin/env node
// Runs the package's program with what the command line says, and ends as it ends.
import { spawnSync } from "node:child_process";
import { constants } from "node:os";
import { program } from "./program.js";

// The terminal sends its Ctrl-C to both; the program decides what comes of it.
process.on("SIGINT", () => {});
try {
  const { status, signal, error } = spawnSync(program(), process.argv.slice(2), { stdio: "inherit" });
  if (error) throw error;
  process.exitCode = status ?? 128 + constants.signals[signal];
} catch (error) {
  console.error(`Error: ${error.message}`);
  process.exitCode = 1;
}
