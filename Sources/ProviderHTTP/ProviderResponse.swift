// What a provider answered.

/// A complete HTTP response. Redirects are not followed, so a 3xx arrives here as it is.
public struct ProviderResponse: Sendable, CustomStringConvertible, CustomReflectable {
  public var status: Int
  /// Header fields in the order of arrival, names in lower case.
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]

  public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The value of the first header field of that name (lower case).
  public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  public var description: String { "HTTP \(status), \(body.count) bytes" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
