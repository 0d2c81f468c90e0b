// What has to be done after a session decided.
import AvatarProvider
import Signaling

/// One thing to do, in the order in which the machine returns them.
enum SessionAction: Sendable, Hashable {
  /// Answer `session.open` or `session.resume`, which are asked on a connection, before it has the session.
  case welcome(RequestID, Result<CallResult, SignalingError>)
  /// Answer a request about the session.
  case respond(RequestID, Result<CallResult, SignalingError>)
  /// Tell the session's client.
  case notify(seq: Int64, SessionEvent)
  /// Call the provider and come back with ``SessionMachine/finished(_:_:at:)``.
  case call(RequestID, ProviderCall, ProviderSession.Handle)
  /// Close the session at the provider and come back with ``SessionMachine/upstreamClosed()``.
  case closeUpstream(ProviderSession.Handle)
  /// Forget the session: nothing of it runs any more.
  case forget
}
