// Says what a listener asks of the code above it, and what that code can do with a WebSocket.
import Wire

/// Answers requests. Called in a task on the event loop, one task a request; the task is cancelled when the peer
/// leaves.
public protocol HTTPHandler: Sendable {
  /// Answers one request.
  /// - Throws: anything, to close the connection without a byte of an answer.
  func respond(to request: HTTPRequest) async throws -> HTTPResponse

  /// Decides how much of a body is read. Called on the event loop's thread when the head of a request with a body has come,
  /// before a byte of the body is kept.
  /// - Parameter head: the request without its body.
  func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit

  /// Answers a request with a body larger than the limit; the connection ends. Called on the event loop's thread.
  /// - Parameter head: the request without its body.
  func responseToLargerBody(of head: HTTPRequest) -> HTTPResponse
}

extension HTTPHandler {
  /// As much as the listener's own bound lets through.
  public func bodyLimit(of head: HTTPRequest) -> RequestBodyLimit { .bytes(.max) }

  /// 413 with a line of text.
  public func responseToLargerBody(of head: HTTPRequest) -> HTTPResponse { .text(413, "body too large") }
}

/// How much of a request's body is read.
public enum RequestBodyLimit: Sendable {
  /// So much; a larger one gets ``HTTPHandler/responseToLargerBody(of:)``. The listener's own bound holds too.
  case bytes(Int)
  /// The same, of room that the handler has set aside for this body: it is given back once, on the event loop's thread, when
  /// the request has been answered, or will not be read to its end.
  case reserved(Int, giveBack: @Sendable () -> Void)
  /// Nothing: this is the answer, and the connection ends.
  case refused(HTTPResponse)
}

/// Receives what happens on WebSocket connections. All calls come on the event loop's thread, never overlapping, in the
/// order in which things happened; an actor on the loop's executor takes them with `assumeIsolated`.
public protocol WebSocketHandler: Sendable {
  /// Decides about a handshake whose form is correct (RFC 6455 section 4.2.1 was checked before).
  func upgrade(_ request: HTTPRequest, offering subprotocols: [String]) -> WebSocketUpgrade
  /// The handshake is done; texts may be sent from now on.
  func opened(_ connection: WebSocketConnection, _ request: HTTPRequest)
  /// A complete text message in valid UTF-8.
  func received(_ text: [UInt8], on connection: WebSocketConnection)
  /// A frame that is no message: a ping, a pong, or a part of a message as small as those. It costs the receiver about as
  /// much as a message.
  /// - Returns: whether the listener does its part: answers a ping, measures by a pong.
  func receivedSmallFrame(on connection: WebSocketConnection) -> Bool
  /// Exactly once for each `opened`; the code is the peer's, ours, or 1006 when the connection just ended.
  /// - Parameter side: who said it first.
  func closed(_ connection: WebSocketConnection, code: UInt16, by side: WebSocketSide)
}

/// Who ends a WebSocket.
public enum WebSocketSide: Sendable, Hashable {
  case server
  /// Also where a connection just ended.
  case peer
}

/// Whether a handshake is accepted.
public enum WebSocketUpgrade: Sendable {
  /// Accept and select one of the offered sub-protocols, or none with an empty string.
  case accept(subprotocol: String)
  /// Refuse with an HTTP response, before any switch of protocols.
  case refuse(HTTPResponse)
}

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

  /// Sends what is queued and a close frame, and reads nothing more: for a peer that sends more than it may.
  public func fail(code: UInt16, reason: String) { listener.session(id)?.fail(code: code, reason: reason) }

  /// Sets the largest message in bytes that is read from this peer from now on; a longer one closes with 1009.
  public func setMaximumMessageBytes(_ bytes: Int) { listener.session(id)?.setMaximumMessageBytes(bytes) }

  /// Ends the connection without a close frame, as a network that breaks does.
  public func drop() { listener.session(id)?.drop() }

  /// Sends what is queued, then a close frame; the reason is cut to 123 bytes. What is sent afterwards is dropped.
  public func close(code: UInt16, reason: String) { listener.session(id)?.close(code: code, reason: reason) }
}
