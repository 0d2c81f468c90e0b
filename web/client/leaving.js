// Notices when the page, or whoever opened a session, wants it gone.

/**
 * Calls back on `pagehide` and when the signal is aborted. Returns a function that stops listening.
 * @param {Pick<EventTarget, "addEventListener" | "removeEventListener"> | null} page
 * @param {AbortSignal | undefined} signal
 * @param {(why: "pagehide" | "abort") => void} leave
 */
export function watchLeaving(page, signal, leave) {
  const hide = () => leave("pagehide");
  const abort = () => leave("abort");
  page?.addEventListener("pagehide", hide);
  signal?.addEventListener("abort", abort);
  return () => {
    page?.removeEventListener("pagehide", hide);
    signal?.removeEventListener("abort", abort);
  };
}
