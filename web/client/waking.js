// Notices when waiting longer makes no sense: the network is back, or somebody looks at the page again.

/** @typedef {import("./avatar-relay.js").PageLike} PageLike */

/**
 * Calls back when the browser is online again, and when the page is shown. Returns a function that stops listening.
 * @param {PageLike | null} page
 * @param {() => void} wake
 */
export function watchWaking(page, wake) {
  const shown = () => page?.document?.visibilityState !== "hidden" && wake();
  page?.addEventListener("online", wake);
  // It bubbles from the document to the window (HTML, "update the visibility state").
  page?.addEventListener("visibilitychange", shown);
  return () => {
    page?.removeEventListener("online", wake);
    page?.removeEventListener("visibilitychange", shown);
  };
}
