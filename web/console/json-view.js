// JSON as a developer likes to read it: indented, and coloured by kind of value.
import { make } from "./dom.js";

/** A string, then maybe a colon; or a number or word. */
const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/g;

/**
 * A `<pre>` with the value in it.
 * @param {unknown} value
 */
export function jsonView(value) {
  const text = JSON.stringify(value, undefined, 2);
  const view = make("pre", { tabindex: "0" });
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    view.append(text.slice(end, match.index));
    end = (match.index ?? 0) + match[0].length;
    const [token, string, colon] = match;
    if (string && colon) view.append(make("span", { class: "json-name" }, string), colon);
    else view.append(make("span", { class: string ? "json-string" : "json-value" }, string ? broken(token) : token));
  }
  view.append(text.slice(end));
  return view;
}

/**
 * An SDP is read line by line, so its escaped line ends become real ones.
 * @param {string} string
 */
function broken(string) {
  return string.replaceAll(/\\r\\n(?!")/g, "\\r\\n\n      ");
}
