// Carries a call that a client wrote in its provider's own words to the adapter, and the provider's own reply back.

/// A call in the provider's own words, of a client that speaks the vendor's API to the relay (docs/decisions/0016).
///
/// It goes with the task that makes the call, beside what the relay has read of it: an adapter sends these words in place
/// of its own, once, and leaves the reply. Adapters that know nothing of it make the call in their own words.
public struct VerbatimCall: Sendable {
  /// The call that the current task makes for its client; nil where the relay chooses the words.
  @TaskLocal public static var current: VerbatimCall?

  /// The body as it came.
  public let body: [UInt8]
  /// What else of the client's goes with it.
  public let details: VerbatimDetails
  private let deliver: @Sendable (VerbatimReply) -> Void

  /// Makes a call.
  /// - Parameter deliver: takes the provider's replies, on the relay's event loop.
  public init(
    body: [UInt8], details: VerbatimDetails = VerbatimDetails(), deliver: @escaping @Sendable (VerbatimReply) -> Void
  ) {
    self.body = body
    self.details = details
    self.deliver = deliver
  }

  /// Leaves a reply for the client, whatever it says, without any credential in it.
  public func answered(_ reply: VerbatimReply) { deliver(reply) }
}

/// What a client says beside the body of a call in the provider's own words.
public struct VerbatimDetails: Sendable, Hashable {
  /// Where the call goes, by the segments below the vendor's base URL, in which nothing is encoded; nil for where the adapter
  /// would send it.
  public var path: [String]?
  /// The name by which the vendor tells this client's connection from others of the same key; nil where it has none.
  public var connection: String?
  /// Header fields of the vendor's own that change what the call means: names in lower case, and values.
  public var fields: [String: String]

  /// Names what there is.
  public init(path: [String]? = nil, connection: String? = nil, fields: [String: String] = [:]) {
    self.path = path
    self.connection = connection
    self.fields = fields
  }
}

/// A reply of a provider as it came, for a client that reads the vendor's own.
public struct VerbatimReply: Sendable {
  /// The status of the vendor's API.
  public let status: Int
  /// The vendor's fields in order, names in lower case.
  public let fields: [(name: String, value: String)]
  /// The body.
  public let body: [UInt8]

  /// Takes a reply as it came.
  public init(status: Int, fields: [(name: String, value: String)], body: [UInt8]) {
    self.status = status
    self.fields = fields
    self.body = body
  }
}
