// A text area that holds a JSON object, or nothing.

/**
 * The object in the field; undefined, and words beside the field, where there is none.
 * @param {HTMLTextAreaElement} field
 * @param {HTMLElement} complaint
 * @returns {Record<string, unknown> | undefined}
 */
export function readObject(field, complaint) {
  complaint.textContent = "";
  field.removeAttribute("aria-invalid");
  const text = field.value.trim();
  if (text === "") return {};
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    complaint.textContent = "A JSON object is expected: { … }";
  } catch (error) {
    complaint.textContent = error instanceof Error ? error.message : "This is not JSON.";
  }
  field.setAttribute("aria-invalid", "true");
  field.closest("details")?.setAttribute("open", "");
  field.focus();
  return undefined;
}
