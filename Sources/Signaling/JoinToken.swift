// What a client proves with that it may use this server.

/// A token as a client sent it. It reaches only the check, and no log.
public struct JoinToken: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// For the codec and the check, nothing else.
  public let value: String
  public init(value: String) { self.value = value }
  public var description: String { "(token)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
