// A client of docs/protocol.md that speaks only when it is told to. Node 20 has no WebSocket of its own, so it has one.
import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { request } from "node:http";

export class Signaling {
  #socket;
  #bytes = Buffer.alloc(0);
  #messages = [];
  #arrivals = new EventEmitter();
  #id = 0;

  static async open(url) {
    const asked = request(url.replace(/^ws/, "http"), {
      headers: {
        Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "avatar-relay.v1",
        "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
      },
    }).end();
    const [, socket, rest] = await once(asked, "upgrade");
    const peer = new Signaling();
    peer.#socket = socket;
    socket.on("data", (part) => peer.#take(part)).on("error", () => {});
    peer.#take(rest);
    return peer;
  }

  /** The result of a request. */
  async ask(method, params) {
    const id = ++this.#id;
    this.#send(0x1, Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, method, params })));
    const { result, error } = await this.#find((message) => message.id === id);
    if (error) throw new Error(JSON.stringify(error));
    return result;
  }

  /** The parameters of the next notification of a method. */
  async next(method) {
    return (await this.#find((message) => message.method === method)).params;
  }

  close() {
    this.#send(0x8, Buffer.from([0x03, 0xe8]));
    this.#socket.end();
  }

  async #find(isWanted) {
    for (;;) {
      const index = this.#messages.findIndex(isWanted);
      if (index >= 0) return this.#messages.splice(index, 1)[0];
      await once(this.#arrivals, "message", { signal: AbortSignal.timeout(60_000) });
    }
  }

  /** A frame whose mask is zero (RFC 6455 section 5.2). */
  #send(opcode, payload) {
    const length = payload.length < 126 ? Buffer.from([0x80 | payload.length]) : Buffer.from([0xfe, payload.length >> 8, payload.length & 0xff]);
    this.#socket.write(Buffer.concat([Buffer.from([0x80 | opcode]), length, Buffer.alloc(4), payload]));
  }

  /** The server's frames are whole messages without a mask. */
  #take(part) {
    this.#bytes = Buffer.concat([this.#bytes, part]);
    for (;;) {
      if (this.#bytes.length < 2) return;
      const short = this.#bytes[1];
      const head = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (this.#bytes.length < head) return;
      const length = short === 126 ? this.#bytes.readUInt16BE(2) : short === 127 ? Number(this.#bytes.readBigUInt64BE(2)) : short;
      if (this.#bytes.length < head + length) return;
      const payload = this.#bytes.subarray(head, head + length);
      const opcode = this.#bytes[0] & 0x0f;
      this.#bytes = this.#bytes.subarray(head + length);
      if (opcode !== 0x1) continue;
      this.#messages.push(JSON.parse(payload.toString()));
      this.#arrivals.emit("message");
    }
  }
}
