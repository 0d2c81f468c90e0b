// Finds and builds elements of the page, and reads JSON from its fields.

/**
 * An element of the page by its id. Throws if there is none of that type.
 * @template {Element} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function find(id, kind) {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`The page has no ${kind.name} #${id}.`);
}

/**
 * A new element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Fills the list of what a text field proposes.
 * @param {HTMLDataListElement} list
 * @param {string[]} values
 */
export function propose(list, values) {
  list.replaceChildren(...values.map((value) => make("option", { value })));
  return list;
}

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
