// The entry of the browser client: `import { AvatarSession } from "./avatar-relay.js"`.

export { AvatarSession } from "./avatar-session.js";
export { actionAfterClose } from "./close-codes.js";
export { SUBPROTOCOL } from "./connection.js";
export { redact } from "./redaction.js";
export { SignalingClient } from "./signaling-client.js";
export { SignalingError } from "./signaling-error.js";
