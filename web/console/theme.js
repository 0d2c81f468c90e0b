// Light or dark: the system's choice until the visitor makes one.

const KEY = "avatar-relay.theme";

/** @param {HTMLButtonElement} button changes it */
export function followTheme(button) {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = read();
  if (chosen) root.dataset.theme = chosen;
  button.addEventListener("click", () => {
    const now = root.dataset.theme ?? (system.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    write(root.dataset.theme);
  });
}

/** Storage may be forbidden; then the choice lasts as long as the page. */
function read() {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} theme */
function write(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // See read().
  }
}
