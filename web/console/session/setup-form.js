// The form that says which session is wanted.
import { find, make, propose, readObject } from "../dom.js";
import { putBack } from "./form-memory.js";
import { openParameters, PROVIDERS, TRANSPORT } from "./providers.js";

/** @typedef {import("./providers.js").Option} Option */
/** @typedef {import("../../client/avatar-relay.js").SessionOptions} Wish */

const CLOSE_FIRST = "Close the session to change this.";

export class SetupForm {
  #form = find("setup", HTMLFormElement);
  #providers = find("provider", HTMLFieldSetElement);
  #kinds = find("kind", HTMLFieldSetElement);
  #avatar = find("avatar", HTMLInputElement);
  #options = find("options", HTMLDivElement);
  #more = find("more-options", HTMLTextAreaElement);
  #complaint = find("more-options-error", HTMLElement);
  #relay = find("relay", HTMLInputElement);
  #relayOnly = find("relay-only", HTMLInputElement);
  #token = find("token", HTMLInputElement);
  #advanced = find("setup-advanced", HTMLDetailsElement);
  #connect = find("connect", HTMLButtonElement);
  #close = find("close", HTMLButtonElement);
  #offered = PROVIDERS;
  /** @type {string[]} what the relay has, as far as it said so */
  #ids = [];
  #choices;
  #provider = PROVIDERS[0];
  #kind = PROVIDERS[0].kinds[0];

  #chosen;

  /**
   * @param {object} wanted
   * @param {(wish: Wish) => void} wanted.connect
   * @param {() => void} wanted.close
   * @param {(provider: import("./providers.js").Provider) => void} wanted.chosen
   * @param {import("./form-memory.js").Choices} choices of an earlier page
   */
  constructor({ connect, close, chosen }, choices) {
    this.#chosen = chosen;
    this.#choices = choices;
    this.#relay.value = new URL("../v1/signaling", location.origin + location.pathname).href.replace(/^http/, "ws");
    addChoices(this.#providers, "provider", PROVIDERS, (id) => this.#choose(id));
    this.#choose(PROVIDERS[0].id);
    this.#putBack(choices);
    const token = takeToken();
    if (token) this.#token.value = token;
    if (token || this.#more.value.trim() || this.#relayOnly.checked) this.#advanced.open = true;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const wish = this.#read();
      if (wish) connect(wish);
    });
    this.#close.addEventListener("click", close);
  }

  /** @param {boolean} open whether a session is there, or on its way */
  show(open) {
    const hadFocus = this.#form.contains(document.activeElement);
    this.#connect.disabled = open || this.#offered.length === 0;
    this.#close.disabled = !open;
    for (const fields of [this.#providers, this.#kinds]) {
      fields.disabled = open;
      fields.title = open ? CLOSE_FIRST : "";
    }
    const inputs = this.#options.querySelectorAll("input, select");
    for (const field of [this.#avatar, this.#more, this.#relay, this.#relayOnly, this.#token, ...inputs]) {
      field.toggleAttribute("disabled", open);
      if (open) field.setAttribute("title", CLOSE_FIRST);
      else field.removeAttribute("title");
    }
    this.#connect.title = open ? "A session is open already." : "";
    this.#close.title = open ? "" : "No session is open.";
    // What is disabled loses the focus. Whoever works by keyboard goes on in the form, and not on the other button,
    // which a key held down would press.
    if (hadFocus) this.#form.focus({ preventScroll: true });
  }

  /** What would be opened now; undefined, and words beside the field, where a field is wrong. */
  get wish() {
    return this.#read();
  }

  /**
   * Leaves only the providers that the relay has.
   * @param {string[]} ids
   */
  offer(ids) {
    this.#ids = ids;
    this.#offered = PROVIDERS.filter(({ id }) => ids.includes(id));
    const none = this.#offered.length === 0;
    find("no-provider", HTMLElement).hidden = !none;
    this.#providers.hidden = none;
    this.#connect.disabled ||= none;
    this.#connect.title = none ? "This relay has no key of any provider." : this.#connect.title;
    const missing = PROVIDERS.filter((provider) => !this.#offered.includes(provider));
    for (const { id } of missing) this.#providers.querySelector(`input[value="${id}"]`)?.closest("label")?.remove();
    this.#offerTransports();
    if (none || this.#offered.includes(this.#provider)) return;
    const [{ id }] = this.#offered;
    const input = this.#providers.querySelector(`input[value="${id}"]`);
    if (input instanceof HTMLInputElement) input.checked = true;
    this.#choose(id);
  }

  /**
   * Names the base URLs under which the relay serves the vendors' own APIs.
   * @param {(id: string) => string} baseURL
   */
  offerDropIn(baseURL) {
    const rows = this.#offered.map(({ id, label }) => {
      const url = make("code", {}, baseURL(id));
      return make("div", {}, make("dt", {}, label), make("dd", {}, url));
    });
    find("base-urls", HTMLElement).replaceChildren(...rows);
    find("drop-in", HTMLElement).hidden = rows.length === 0;
  }

  /** The relay asked for a token, or refused this one: its field is shown. */
  askForToken() {
    this.#advanced.open = true;
    this.#token.focus();
  }

  /** @param {import("./form-memory.js").Choices} choices */
  #putBack(choices) {
    for (const name of ["provider", "kind"]) {
      for (const input of this.#form.querySelectorAll(`input[name="${name}"]`)) {
        if (!(input instanceof HTMLInputElement) || input.value !== choices[name]) continue;
        input.checked = true;
        input.dispatchEvent(new Event("change"));
        break;
      }
    }
    putBack(this.#form, choices);
  }

  /** @param {string} id */
  #choose(id) {
    this.#provider = PROVIDERS.find((provider) => provider.id === id) ?? PROVIDERS[0];
    const { kinds, options } = this.#provider;
    addChoices(this.#kinds, "kind", kinds, (kind) => this.#chooseKind(kind));
    this.#kinds.hidden = kinds.length < 2;
    this.#options.replaceChildren(...options.map(optionField));
    this.#offerTransports();
    this.#chooseKind(kinds[0].id);
    this.#chosen(this.#provider);
  }

  /** Lets the provider be called in either way, where the relay has both. */
  #offerTransports() {
    const { id, byMessages } = this.#provider;
    if (!byMessages || !this.#ids.includes(byMessages) || this.#options.querySelector(`[name="${TRANSPORT.name}"]`)) return;
    const choices = [{ value: id, label: "HTTP" }, { value: byMessages, label: "WebSocket" }];
    const field = optionField({ ...TRANSPORT, choices });
    this.#options.append(field);
    putBack(field, this.#choices);
  }

  /** @param {string} id */
  #chooseKind(id) {
    const { kinds } = this.#provider;
    this.#kind = kinds.find((kind) => kind.id === id) ?? kinds[0];
    find("avatar-label", HTMLElement).textContent = this.#kind.avatarLabel;
    find("avatar-hint", HTMLElement).textContent = this.#kind.avatarHint;
    this.#avatar.value = this.#kind.avatar;
    propose(find("known-avatars", HTMLDataListElement), this.#kind.knownAvatars);
  }

  /** @returns {Wish | undefined} */
  #read() {
    const more = readObject(this.#more, this.#complaint);
    if (!more) return undefined;
    /** @type {Record<string, string | boolean>} */
    const chosen = {};
    for (const field of this.#options.querySelectorAll("select")) chosen[field.name] = field.value;
    for (const field of this.#options.querySelectorAll("input")) {
      chosen[field.name] = field.type === "checkbox" ? field.checked : field.value.trim();
    }
    const token = this.#token.value.trim();
    return {
      url: this.#relay.value.trim(),
      ...(token && { token }),
      ...openParameters(this.#provider, this.#kind, this.#avatar.value, chosen, more),
      ...(this.#relayOnly.checked && { rtcConfiguration: { iceTransportPolicy: "relay" } }),
    };
  }
}

/**
 * The token in the address (`#token=…`), which is taken out of it at once: an address is shown, copied and kept.
 * @returns {string | null}
 */
function takeToken() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token !== null) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

/**
 * Fills a fieldset with radio buttons, the first one chosen.
 * @param {HTMLFieldSetElement} fields
 * @param {string} name
 * @param {{ id: string, label: string, help?: string }[]} choices
 * @param {(id: string) => void} choose
 */
function addChoices(fields, name, choices, choose) {
  fields.querySelectorAll("label").forEach((old) => old.remove());
  choices.forEach(({ id, label, help = "" }, index) => {
    const input = make("input", { type: "radio", name, value: id });
    input.checked = index === 0;
    input.addEventListener("change", () => choose(id));
    fields.append(make("label", { title: help }, input, make("span", {}, label)));
  });
}

/** @param {Option} option */
function optionField({ name, label, help, choices, ticked, known }) {
  if (known) {
    const list = propose(make("datalist", { id: `known-${name}` }), known);
    const input = make("input", { type: "text", name, list: list.id, autocomplete: "off", spellcheck: "false", placeholder: "the avatar's own" });
    return make("label", { class: "field", title: help }, make("span", {}, label), input, list);
  }
  if (!choices) {
    const box = make("input", { type: "checkbox", name, ...(ticked && { checked: "" }) });
    return make("label", { class: "tick", title: help }, box, ` ${label}`);
  }
  const offered = choices.map((choice) => make("option", { value: choice.value }, choice.label));
  const select = make("select", { name }, ...offered);
  return make("label", { class: "field", title: help }, make("span", {}, label), select);
}
