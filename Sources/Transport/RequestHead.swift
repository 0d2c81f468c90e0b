// The head of an HTTP/1.x request, read and checked.

/// Request line and header fields, with what follows from them for the connection.
struct RequestHead: Sendable {
  /// How the body is delimited (RFC 9112 section 6).
  enum Framing: Sendable, Equatable {
    case length(Int)
    case chunked
  }

  let method: String
  let path: String
  let query: String?
  /// False for HTTP/1.0.
  let isVersion11: Bool
  let headers: HTTPHeaders
  let framing: Framing
  /// Whether the client waits for `100 Continue` before it sends the body.
  let awaitsContinue: Bool

  /// Whether the connection may serve another request (RFC 9112 section 9.3).
  var keepsAlive: Bool {
    if headers.lists("close", in: "Connection") { return false }
    return isVersion11 || headers.lists("keep-alive", in: "Connection")
  }

  /// Whether the client asks for a WebSocket.
  var asksForWebSocket: Bool { headers.lists("websocket", in: "Upgrade") }
}
