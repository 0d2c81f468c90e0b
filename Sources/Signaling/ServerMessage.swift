// What a server sends.

/// One message from server to client.
public enum ServerMessage: Sendable, Hashable {
  /// `providerMs` is how many milliseconds the provider took over what it was asked for this; nil where it was not asked,
  /// or that is not known.
  case result(RequestID, CallResult, providerMs: Int64? = nil)
  /// The id is nil where the request's own could not be read (JSON-RPC 2.0 section 5).
  indirect case error(RequestID?, SignalingError)
  case notification(Notification)
}
