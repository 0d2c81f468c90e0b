// Holds a complete request as a handler gets it, and a response as a handler gives it.

/// A request with its whole body. Its description names method and path only.
public struct HTTPRequest: Sendable, CustomStringConvertible, CustomReflectable {
  /// As it was sent: methods differ by case.
  public var method: String
  /// The path as it was sent, still percent-encoded, without the query.
  public var path: String
  /// What follows `?`, as it was sent; nil without one.
  public var query: String?
  /// The header fields as they were sent.
  public var headers: HTTPHeaders
  /// The whole body, without the framing of chunks.
  public var body: [UInt8]
  /// The peer's numeric address without its port; `unix` on a unix socket.
  public var remoteAddress: String

  /// A request as if it had been read; from this machine unless told otherwise.
  public init(
    method: String, path: String, query: String? = nil, headers: HTTPHeaders = [:], body: [UInt8] = [],
    remoteAddress: String = "127.0.0.1"
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.remoteAddress = remoteAddress
  }

  public var description: String { "\(method) \(path)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A complete response. `Content-Length`, `Date` and `Connection` are added by the listener.
public struct HTTPResponse: Sendable {
  /// 200 to 999; 101 is the listener's own.
  public var status: Int
  /// Further header fields.
  public var headers: HTTPHeaders
  /// Sent with its length; not sent for HEAD, 204 and 304.
  public var body: [UInt8]

  /// A response with these fields and no others but those that the listener adds.
  public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A response whose body is a line of text for people.
  public static func text(_ status: Int, _ text: String) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: Array((text + "\n").utf8))
  }
}
