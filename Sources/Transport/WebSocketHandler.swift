// What takes part in the WebSocket conversations of a listener.

/// Receives what happens on WebSocket connections. All calls come on the event loop's thread, never overlapping, in the
/// order in which things happened; an actor on the loop's executor takes them with `assumeIsolated`.
public protocol WebSocketHandler: Sendable {
  /// Decides about a handshake whose form is correct (RFC 6455 section 4.2.1 was checked before).
  func upgrade(_ request: HTTPRequest, offering subprotocols: [String]) -> WebSocketUpgrade
  func opened(_ connection: WebSocketConnection, _ request: HTTPRequest)
  /// A complete text message in valid UTF-8.
  func received(_ text: [UInt8], on connection: WebSocketConnection)
  /// Exactly once for each `opened`; the code is the peer's, ours, or 1006 when the connection just ended.
  func closed(_ connection: WebSocketConnection, code: UInt16)
}
