// The card that tells the mock what goes wrong next: one call, the time, the network; and shows what it was asked.
import { find, make } from "../dom.js";
import { mockProvider } from "../relay.js";

/** @typedef {import("../relay.js").Fault} Fault */
/** @typedef {import("../relay.js").JournalEntry} JournalEntry */
/** @typedef {import("../relay.js").Vendor} Vendor */

/** Calls by the name that the mock gives them (docs/mock.md), with what they are for. */
const CALLS = {
  did: { create: "open", sdp: "answer", ice: "candidate", speak: "speak", delete: "close" },
  heygen: {
    new: "open", start: "answer", ice: "candidate", task: "speak", interrupt: "interrupt", keepAlive: "extend", stop: "close",
  },
};
/** @type {Record<Vendor, string>} */
const VENDORS = { did: "D-ID", heygen: "HeyGen" };
/** How often the journal is read anew while it is looked at, in milliseconds. */
const JOURNAL_MS = 1_000;
const MAX_ENTRIES = 30;

export class MockPanel {
  #card = find("mock", HTMLDetailsElement);
  #call = find("mock-call", HTMLSelectElement);
  #effect = find("mock-effect", HTMLSelectElement);
  #error = find("mock-error", HTMLSelectElement);
  #delay = find("mock-fault-delay", HTMLInputElement);
  #pending = find("mock-pending", HTMLElement);
  #forget = find("mock-forget", HTMLButtonElement);
  #outcome = find("mock-outcome", HTMLElement);
  #journal = find("mock-journal", HTMLDetailsElement);
  #entries = find("mock-entries", HTMLOListElement);
  /** @type {Record<Vendor, import("../relay.js").VendorError[]> | undefined} */
  #errors;

  constructor() {
    this.#card.hidden = false;
    for (const vendor of /** @type {const} */ (["did", "heygen"])) {
      const calls = Object.entries(CALLS[vendor]).map(([name, what]) =>
        make("option", { value: `${vendor}.${name}` }, `${vendor}.${name} (${what})`));
      this.#call.append(make("optgroup", { label: VENDORS[vendor] }, ...calls));
    }
    this.#call.addEventListener("change", () => this.#showEffect());
    this.#effect.addEventListener("change", () => this.#showEffect());
    this.#card.addEventListener("toggle", () => this.#card.open && this.#try(() => this.#begin()));
    this.#journal.addEventListener("toggle", () => void this.#follow());
    this.#on("mock-fault", "submit", async () => {
      await mockProvider.force(this.#fault);
      return "Forced.";
    });
    this.#on("mock-forget", "click", async () => {
      await mockProvider.clearFaults();
      return "No fault waits.";
    });
    for (const button of this.#card.querySelectorAll("[data-advance]")) {
      const seconds = Number(button.getAttribute("data-advance"));
      button.addEventListener("click", () =>
        this.#try(async () => {
          await mockProvider.advance(seconds * 1000);
          return `The mock's clock is ${seconds} s further.`;
        }));
    }
    this.#on("mock-weather", "submit", () => this.#setWeather());
    this.#on("mock-fair", "click", () => {
      find("mock-weather", HTMLFormElement).reset();
      return this.#setWeather();
    });
    this.#on("mock-reset", "click", async () => {
      await mockProvider.reset();
      find("mock-weather", HTMLFormElement).reset();
      await this.#read();
      return "All sessions, faults and the journal are gone, and the network is fair.";
    });
  }

  /**
   * @param {string} id
   * @param {"click" | "submit"} event
   * @param {() => Promise<string>} act
   */
  #on(id, event, act) {
    find(id, HTMLElement).addEventListener(event, (happened) => {
      happened.preventDefault();
      void this.#try(act);
    });
  }

  /**
   * Does it, and says below what came of it.
   * @param {() => Promise<string>} act
   */
  async #try(act) {
    try {
      this.#outcome.textContent = await act();
      this.#outcome.classList.remove("wrong");
      this.#showPending((await mockProvider.faults()).faults);
    } catch (error) {
      this.#outcome.textContent = error instanceof Error ? error.message : String(error);
      this.#outcome.classList.add("wrong");
    }
  }

  async #begin() {
    this.#errors ??= await mockProvider.errors();
    this.#showEffect();
    return "";
  }

  #showEffect() {
    const effect = this.#effect.value;
    find("mock-error-field", HTMLElement).hidden = effect !== "error";
    find("mock-delay-field", HTMLElement).hidden = effect !== "delay";
    const [vendor] = this.#call.value.split(".");
    const errors = this.#errors?.[/** @type {Vendor} */ (vendor)] ?? [];
    const chosen = this.#error.value;
    this.#error.replaceChildren(...errors.map(({ name, status }) => make("option", { value: name }, `${status} ${name}`)));
    if (errors.some(({ name }) => name === chosen)) this.#error.value = chosen;
  }

  /** @returns {Fault} */
  get #fault() {
    const call = this.#call.value;
    switch (this.#effect.value) {
      case "error":
        return { call, error: this.#error.value };
      case "delay":
        return { call, delayMs: Number(this.#delay.value) };
      case "drop":
        return { call, drop: true };
      default:
        return { call, drop: true, takesEffect: true };
    }
  }

  /** @param {Fault[]} faults */
  #showPending(faults) {
    this.#pending.textContent = faults.map(faultWords).join("; ");
    this.#forget.disabled = faults.length === 0;
    this.#forget.title = faults.length === 0 ? "No fault waits for its call." : "";
  }

  async #setWeather() {
    const number = (/** @type {string} */ id) => Number(find(id, HTMLInputElement).value);
    const [loss, delayMs, kilobits] = ["mock-loss", "mock-delay", "mock-bandwidth"].map(number);
    await mockProvider.setMedia({
      ...(loss > 0 && { loss: loss / 100 }),
      ...(delayMs > 0 && { delayMs }),
      ...(kilobits > 0 && { bandwidth: kilobits * 1000 }),
    });
    return loss || delayMs || kilobits ? "So it is for this session and for new ones." : "The network is fair.";
  }

  /** Reads the journal for as long as it is looked at. */
  async #follow() {
    while (this.#journal.open && this.#card.open) {
      try {
        await this.#read();
      } catch {
        // The relay is gone; whoever looks on sees what was known, and then what comes.
      }
      await new Promise((resolve) => setTimeout(resolve, JOURNAL_MS));
    }
  }

  async #read() {
    const { requests } = await mockProvider.journal();
    const shown = requests.slice(-MAX_ENTRIES).reverse();
    this.#entries.replaceChildren(...shown.map(entryItem));
    find("mock-journal-empty", HTMLElement).hidden = shown.length > 0;
  }
}

/** @param {Fault} fault */
function faultWords({ call, error, delayMs, takesEffect }) {
  if (error) return `${call}: ${error}`;
  if (delayMs) return `${call}: ${delayMs} ms late`;
  return `${call}: ${takesEffect ? "carried out, answer lost" : "dropped"}`;
}

/** @param {JournalEntry} entry */
function entryItem({ number, method, path, call, status, note }) {
  const ok = status >= 200 && status < 300;
  return make(
    "li",
    { class: ok ? "call" : "call wrong", title: `${method} ${path}${note ? `\n${note}` : ""}` },
    make("span", {}, String(number)),
    make("code", {}, call ?? `${method} ${path}`),
    make("b", {}, status === 0 ? "dropped" : String(status)),
  );
}
