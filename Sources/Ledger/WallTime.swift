// A time of day, for what has to be compared across lives of the program.

/// Milliseconds since 1970-01-01 UTC. Deadlines are never computed from it while a process lives: it may jump.
public struct WallTime: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  public let millisecondsSinceEpoch: Int64

  public init(millisecondsSinceEpoch: Int64) { self.millisecondsSinceEpoch = millisecondsSinceEpoch }

  public init(from decoder: any Decoder) throws {
    millisecondsSinceEpoch = try decoder.singleValueContainer().decode(Int64.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(millisecondsSinceEpoch)
  }

  /// How long ago this was; zero where it lies in the future, since a clock was set back.
  public func age(at now: WallTime) -> Duration {
    .milliseconds(max(0, now.millisecondsSinceEpoch - millisecondsSinceEpoch))
  }

  public static func < (left: Self, right: Self) -> Bool {
    left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
  }
  public var description: String { "\(millisecondsSinceEpoch) ms" }
}
