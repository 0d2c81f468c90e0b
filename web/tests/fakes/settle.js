// Lets all promises that can go on do so.

/**
 * Long enough for any chain of promises: a macrotask runs after all microtasks.
 * @returns {Promise<void>}
 */
export function settle() {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
