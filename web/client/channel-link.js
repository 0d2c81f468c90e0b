// The data channel of a session, whoever opens it: its state and its messages as text.
import { SignalingError } from "./signaling-error.js";

/**
 * @typedef {object} ChannelEvents
 * @property {{ state: RTCDataChannelState, label: string }} state
 * @property {{ text: string, binary: boolean }} message
 */

export class ChannelLink {
  #events;
  /** @type {RTCDataChannel | undefined} */
  #channel;

  /** @param {import("./emitter.js").Emitter<ChannelEvents>} events */
  constructor(events) {
    this.#events = events;
  }

  /**
   * Uses a channel that one of the two sides opened.
   * @param {RTCDataChannel} channel
   */
  adopt(channel) {
    // A provider that opens several is listened to on all of them and answered on the first.
    this.#channel ??= channel;
    channel.binaryType = "arraybuffer";
    // Chromium hands out the provider's channel open, and says once more that it opened.
    /** @type {RTCDataChannelState | undefined} */
    let told;
    const tell = (/** @type {RTCDataChannelState} */ state) => {
      if (state !== told) this.#events.emit("state", { state, label: channel.label });
      told = state;
    };
    channel.onopen = () => tell("open");
    channel.onclosing = () => tell("closing");
    channel.onclose = () => tell("closed");
    channel.onmessage = ({ data }) => this.#events.emit("message", decode(data));
    tell(channel.readyState);
  }

  /**
   * Throws `client.channelNotOpen`.
   * @param {string} text
   */
  send(text) {
    if (this.#channel?.readyState !== "open") {
      throw new SignalingError({ kind: "client.channelNotOpen", message: "The data channel is not open." });
    }
    this.#channel.send(text);
  }
}

/**
 * @param {unknown} data
 * @returns {{ text: string, binary: boolean }}
 */
function decode(data) {
  if (typeof data === "string") return { text: data, binary: false };
  return { text: new TextDecoder().decode(/** @type {ArrayBuffer} */ (data)), binary: true };
}
