// The answer to a WebSocket handshake.

/// Whether a handshake is accepted.
public enum WebSocketUpgrade: Sendable {
  /// Accept and select one of the offered sub-protocols, or none with an empty string.
  case accept(subprotocol: String)
  /// Refuse with an HTTP response, before any switch of protocols.
  case refuse(HTTPResponse)
}
