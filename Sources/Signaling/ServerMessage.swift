// What a server sends.

/// One message from server to client.
public enum ServerMessage: Sendable, Hashable {
  case result(RequestID, CallResult)
  /// The id is nil where the request's own could not be read (JSON-RPC 2.0 section 5).
  case error(RequestID?, SignalingError)
  case notification(Notification)
}
