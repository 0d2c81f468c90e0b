// Keeps what was chosen in the forms, so that a page that is loaded again begins where it was left. Never a token.

const KEY = "avatar-relay.console";

/** @typedef {Record<string, string | boolean>} Choices the name or id of a field to its value, or to whether it is ticked */

/**
 * What was chosen before in this tab.
 * @returns {Choices}
 */
export function remembered() {
  try {
    const value = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    // Storage may be forbidden; then a page begins anew each time.
    return {};
  }
}

/**
 * Remembers the fields of these forms whenever one changes.
 * @param {HTMLFormElement[]} forms
 */
export function rememberChanges(forms) {
  const store = () => {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(Object.assign({}, ...forms.map(choicesIn))));
    } catch {
      // See remembered().
    }
  };
  for (const form of forms) for (const event of ["input", "change"]) form.addEventListener(event, store);
}

/**
 * @param {HTMLFormElement} form
 * @returns {Choices}
 */
function choicesIn(form) {
  /** @type {Choices} */
  const choices = {};
  for (const field of form.elements) {
    if (field instanceof HTMLInputElement && (field.type === "password" || (field.type === "radio" && !field.checked))) continue;
    const name = nameOf(field);
    if (!name) continue;
    if (field instanceof HTMLInputElement && field.type === "checkbox") choices[name] = field.checked;
    else if (isField(field)) choices[name] = field.value;
  }
  return choices;
}

/**
 * Puts the values back into the fields that there are; radio buttons are left to those who follow them.
 * @param {ParentNode} place
 * @param {Choices} choices
 */
export function putBack(place, choices) {
  for (const field of place.querySelectorAll("input, select, textarea")) {
    const value = choices[nameOf(field)];
    if (value === undefined || !isField(field) || field.type === "radio" || field.type === "password") continue;
    if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value === true;
    else if (typeof value === "string") field.value = value;
  }
}

/** @param {Element} field */
function nameOf(field) {
  return field.getAttribute("name") ?? field.id;
}

/**
 * @param {Element} field
 * @returns {field is HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement}
 */
function isField(field) {
  return (
    field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement
  );
}
