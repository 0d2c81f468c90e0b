// The name of a connection inside one process.

/// A connection's id, unique for the life of the process and never used again.
public struct ConnectionID: Sendable, Hashable, CustomStringConvertible {
  private let value: UInt64
  /// Makes the id of that number; whoever accepts connections counts them.
  public init(_ value: UInt64) { self.value = value }
  public var description: String { String(value) }
}
