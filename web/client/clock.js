// Time as the browser keeps it; tests hand in their own.

/** @typedef {import("./avatar-relay.js").Clock} Clock */

/** @type {Clock} */
export const systemClock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};
