// The provider's side of a real WebRTC connection, for the tests of the page: a drawn face and a data channel.

/** @type {RTCPeerConnection} */
let connection;
/** @type {RTCDataChannel | undefined} */
let channel;
/** @type {(string | ArrayBuffer)[]} */
const received = [];

/** Draws a face whose mouth moves, so that there are frames to send. */
function faceStream() {
  const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("face"));
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const draw = () => {
    pen.fillStyle = "#21305f";
    pen.fillRect(0, 0, 640, 480);
    pen.fillStyle = "#f1c9a5";
    pen.beginPath();
    pen.ellipse(320, 230, 120, 150, 0, 0, 7);
    pen.fill();
    pen.fillStyle = "#2b1d16";
    for (const x of [275, 365]) pen.fillRect(x - 8, 200, 16, 16);
    pen.fillRect(280, 290, 80, 8 + 14 * Math.abs(Math.sin(performance.now() / 120)));
  };
  draw();
  setInterval(draw, 40);
  return canvas.captureStream(25);
}

/** @param {RTCDataChannel} opened */
function use(opened) {
  channel = opened;
  channel.binaryType = "arraybuffer";
  channel.onmessage = ({ data }) => received.push(data);
}

Object.assign(window, {
  /** @param {string} provider */
  async makeOffer(provider) {
    connection = new RTCPeerConnection();
    for (const track of faceStream().getTracks()) connection.addTrack(track);
    connection.addTransceiver("audio", { direction: "sendonly" });
    if (provider === "heygen") use(connection.createDataChannel("events"));
    // A channel that is made only to have an m=application section, as D-ID's offer has one; the browser opens its own.
    else connection.createDataChannel("unused");
    connection.ondatachannel = ({ channel }) => use(channel);
    await connection.setLocalDescription(await connection.createOffer());
    await new Promise((resolve) => {
      const look = () => connection.iceGatheringState === "complete" && resolve(undefined);
      connection.onicegatheringstatechange = look;
      look();
    });
    return connection.localDescription?.sdp;
  },
  /** @param {string} sdp */
  takeAnswer: (sdp) => connection.setRemoteDescription({ type: "answer", sdp }),
  /** @param {RTCIceCandidateInit | null} candidate */
  takeCandidate: (candidate) => connection.addIceCandidate(candidate ?? undefined),
  /** @param {string} text */
  say: (text) => channel?.send(text),
  /** @param {string} text */
  sayBinary: (text) => channel?.send(new TextEncoder().encode(text)),
  received: () => received,
});
