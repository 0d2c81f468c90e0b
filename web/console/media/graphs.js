// Draws what the figures were in the last two minutes, one small line below each.

const SVG = "http://www.w3.org/2000/svg";
/** Two minutes, at one look a second. */
const LOOKS = 120;
const [WIDTH, HEIGHT] = [120, 28];

/** Numbers in their order, and the points of a line through them. */
export class History {
  /** @type {(number | undefined)[]} */
  #values = [];

  /** @param {number | undefined} value undefined where there is none */
  add(value) {
    this.#values.push(value);
    if (this.#values.length > LOOKS) this.#values.shift();
  }

  get largest() {
    return Math.max(0, ...this.#values.map((value) => value ?? 0));
  }

  /** The lines, one for each run of values without a gap; the newest value is at the right. */
  get lines() {
    const top = this.largest || 1;
    const first = LOOKS - this.#values.length;
    /** @type {string[][]} */
    const lines = [[]];
    this.#values.forEach((value, index) => {
      if (value === undefined) return void lines.push([]);
      const x = ((first + index) / (LOOKS - 1)) * WIDTH;
      const y = HEIGHT - 2 - (value / top) * (HEIGHT - 4);
      lines[lines.length - 1].push(`${x.toFixed(1)},${y.toFixed(1)}`);
    });
    return lines.filter((line) => line.length > 1).map((line) => line.join(" "));
  }
}

export class Graph {
  #history = new History();
  #picture;

  /** @param {HTMLElement} place the figure below which it is drawn */
  constructor(place) {
    this.#picture = document.createElementNS(SVG, "svg");
    this.#picture.setAttribute("class", "graph");
    this.#picture.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.#picture.setAttribute("preserveAspectRatio", "none");
    // The figure above says the same in words.
    this.#picture.setAttribute("aria-hidden", "true");
    place.append(this.#picture);
  }

  /** @param {number | undefined} value */
  add(value) {
    this.#history.add(value);
    this.#draw();
  }

  /** Another session. */
  reset() {
    this.#history = new History();
    this.#draw();
  }

  #draw() {
    const lines = this.#history.lines.map((points) => {
      const line = document.createElementNS(SVG, "polyline");
      line.setAttribute("points", points);
      return line;
    });
    this.#picture.replaceChildren(...lines);
  }
}
