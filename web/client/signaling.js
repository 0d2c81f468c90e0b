// Exports the signaling connection alone, for programs without media: `import { SignalingClient } from "./signaling.js"`.

export { SUBPROTOCOL, actionAfterClose } from "./connection/connection.js";
export { redact } from "./connection/messages.js";
export { SignalingClient } from "./connection/signaling-client.js";
export { SignalingError } from "./connection/signaling-error.js";
