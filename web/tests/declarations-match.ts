// Holds the declarations against the modules that they stand for: if they drift apart, this does not compile.
import type * as declared from "../client/avatar-relay.js";
import { SUBPROTOCOL, actionAfterClose } from "../client/connection/connection.js";
import { redact } from "../client/connection/messages.js";
import { SignalingClient } from "../client/connection/signaling-client.js";
import { SignalingError } from "../client/connection/signaling-error.js";
import { AvatarSession } from "../client/session/avatar-session.js";

export const implemented: {
  SignalingError: typeof declared.SignalingError;
  actionAfterClose: typeof declared.actionAfterClose;
  redact: typeof declared.redact;
  SUBPROTOCOL: typeof declared.SUBPROTOCOL;
} = { SignalingError, actionAfterClose, redact, SUBPROTOCOL };

/** A class with private fields is nominal, so its instances are compared by what is public. */
type Public<Instance> = { [Name in keyof Instance]: Instance[Name] };

export const session = (options: declared.SessionOptions): Public<declared.AvatarSession> => new AvatarSession(options);
export const client = (options: declared.ConnectionOptions): Public<declared.SignalingClient> =>
  new SignalingClient(options);
