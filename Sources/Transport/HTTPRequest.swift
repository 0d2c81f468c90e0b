// One HTTP request that a listener has read completely.

/// A request with its whole body. Its description names method and path only.
public struct HTTPRequest: Sendable, CustomStringConvertible, CustomReflectable {
  public var method: String
  /// The path as it was sent, still percent-encoded, without the query.
  public var path: String
  /// What follows `?`, as it was sent; nil without one.
  public var query: String?
  public var headers: HTTPHeaders
  public var body: [UInt8]
  /// The peer's numeric address without its port; `unix` on a unix socket.
  public var remoteAddress: String

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
