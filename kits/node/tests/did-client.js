// Makes D-ID's calls as a user's code would, with an answer that fits the offer and behind which nobody is.

export async function call(url, method, path, body = {}, { key = "any-key", headers = {} } = {}) {
  const reply = await fetch(`${url}${path}`, {
    method, body: JSON.stringify(body), headers: { Authorization: `Basic ${key}`, "Content-Type": "application/json", ...headers },
  });
  return { status: reply.status, body: JSON.parse((await reply.text()) || "null") };
}

/** A stream that is open and connected. */
export class Stream {
  static async open(url, caller = {}) {
    const image = { source_url: "https://avatar.example/anna.png" };
    const { status, body } = await call(url, "POST", "/talks/streams", image, caller);
    if (status !== 201) throw new Error(JSON.stringify(body));
    const stream = Object.assign(new Stream(), { url, caller, id: body.id, session: body.session_id });
    const answer = { type: "answer", sdp: answerTo(body.offer.sdp) };
    await stream.#post("/sdp", { answer });
    await stream.#post("/ice", {});
    return stream;
  }

  #post(path, body) {
    return call(this.url, "POST", `/talks/streams/${this.id}${path}`, { ...body, session_id: this.session }, this.caller);
  }

  speak(input) {
    return this.#post("", { script: { type: "text", input } });
  }

  close() {
    return call(this.url, "DELETE", `/talks/streams/${this.id}`, { session_id: this.session }, this.caller);
  }
}

/** The offer with a client's own lines. */
export function answerTo(offer) {
  return offer.split("\r\n")
    .filter((line) => !/^a=(candidate:|end-of-candidates|ice-lite|msid|ssrc)/.test(line))
    .map((line) => line.replace(/^a=setup:.*/, "a=setup:active").replace(/^a=send(only|recv)$/, "a=recvonly"))
    .join("\r\n");
}
