// Exports what a page uses of the browser client: `import { AvatarSession } from "./avatar-relay.js"`.

export { SUBPROTOCOL, actionAfterClose } from "./connection/connection.js";
export { redact } from "./connection/messages.js";
export { SignalingClient } from "./connection/signaling-client.js";
export { SignalingError } from "./connection/signaling-error.js";
export { AvatarSession } from "./session/avatar-session.js";
