// One browser's WebSocket, as the code above sees it.

/// A handle of a WebSocket: an id with a generation. Using one whose connection is gone does nothing.
/// All methods must be called on the event loop.
public struct WebSocketConnection: Sendable, Hashable {
  /// Unique among all connections of the process's life.
  public let id: UInt64
  let listener: Listener

  public static func == (left: Self, right: Self) -> Bool { left.id == right.id }
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }

  /// Sends a text message, now or when the peer has read what is before it.
  /// When more than `maximumQueuedBytes` would wait, the connection is closed with the slow-reader code instead.
  public func send(_ text: [UInt8]) { listener.session(id)?.send(text) }

  /// How long the latest ping and its pong took; nil while none has been answered.
  public var roundTripTime: Duration? { listener.session(id)?.roundTripTime }

  /// Sends what is queued, then a close frame; the reason is cut to 123 bytes. What is sent afterwards is dropped.
  public func close(code: UInt16, reason: String) { listener.session(id)?.close(code: code, reason: reason) }
}
