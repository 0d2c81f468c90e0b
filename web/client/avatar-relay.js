// Exports what a page uses of the browser client: `import { AvatarSession } from "./avatar-relay.js"`.

export * from "./signaling.js";
export { AvatarSession } from "./session/avatar-session.js";
