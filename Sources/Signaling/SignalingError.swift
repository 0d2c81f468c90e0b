// The error object of a response.

/// An error as it goes to a client: `{code, message, data: {kind, retryable, retryAfterMs?, limit?, provider?, end?}}`.
public struct SignalingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The provider's own status, code and words.
  public struct Provider: Sendable, Hashable {
    public var status: Int
    public var code: String?
    public var message: String?
    public init(status: Int, code: String?, message: String?) {
      self.status = status
      self.code = code
      self.message = message
    }
  }

  public var kind: ErrorKind
  /// One sentence for a developer: what is wrong and, where it helps, where.
  public var message: String
  public var retryAfterMs: Int64?
  /// Which limit of the server's operator it is about; nil where it is about none.
  public var limit: LimitName?
  public var provider: Provider?
  /// Why the session is over, on an error that says that it is.
  public var end: CloseReason?

  public init(
    _ kind: ErrorKind, _ message: String, retryAfterMs: Int64? = nil, limit: LimitName? = nil,
    provider: Provider? = nil, end: CloseReason? = nil
  ) {
    self.kind = kind
    self.message = message
    self.retryAfterMs = retryAfterMs
    self.limit = limit
    self.provider = provider
    self.end = end
  }

  public var description: String { "\(kind.rawValue): \(message)" }
}
