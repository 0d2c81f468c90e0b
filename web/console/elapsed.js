// A span of time as people read it.

/** @param {number} milliseconds */
export function elapsed(milliseconds) {
  if (milliseconds < 10_000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
