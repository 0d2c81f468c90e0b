// Says what an adapter needs of the network where a provider's calls are messages on a WebSocket.

/// Opens WebSockets to a provider. Everything happens on the event loop.
public protocol ProviderSocketClient: Sendable {
  /// Opens one; what comes on it is told to the handler.
  /// - Parameter url: absolute, `ws` or `wss`; it may hold a key in its query.
  /// - Throws: a failure that is always `neverSent`, since nothing but the handshake was.
  func openSocket(
    to url: String, timeout: Duration, _ handler: any ProviderSocketHandler
  ) async throws(ProviderHTTPFailure) -> ProviderSocketOpening
}

/// What a handshake came to.
public enum ProviderSocketOpening: Sendable {
  case open(any ProviderSocket)
  /// The server answered with this HTTP status instead.
  case refused(status: Int)
}

/// A WebSocket to a provider.
public protocol ProviderSocket: Sendable {
  /// Unique among all sockets of the process's life.
  var id: UInt64 { get }
  /// Queues a text message.
  /// - Returns: its number, counted from 1; nil where it is not taken.
  func send(_ text: [UInt8]) -> Int?
  /// Closes the socket once what is queued was sent.
  func end()
}

/// Receives what happens on sockets; called on the event loop, in the order in which things happened.
public protocol ProviderSocketHandler: Sendable {
  func received(_ text: [UInt8], on socket: UInt64)
  /// - Parameters:
  ///   - code: the provider's close code, ours, 1005 where it gave none, or 1006 where the connection just ended.
  ///   - written: how many messages were handed to the connection, at least in part; later ones were never sent.
  func closed(_ socket: UInt64, code: UInt16, written: Int)
}
