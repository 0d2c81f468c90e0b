// The id of a request.

/// A JSON-RPC id of this profile: an integer from 1 to 2^53 − 1, from one counter per client instance
/// (docs/protocol.md).
public struct RequestID: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let value: Int64
  /// The ids that are accepted: those that a JavaScript number holds exactly.
  public static let accepted: ClosedRange<Int64> = 1...9_007_199_254_740_991
  public init(_ value: Int64) { self.value = value }
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
  public var description: String { String(value) }
}
