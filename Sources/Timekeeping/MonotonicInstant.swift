// A point in time as a clock of this program counts it.

/// Time since an arbitrary start that is the clock's own; only differences mean something.
public struct MonotonicInstant: InstantProtocol, Sendable, Hashable, CustomStringConvertible {
  /// Time since the clock's start.
  public let sinceStart: Duration

  public init(sinceStart: Duration) { self.sinceStart = sinceStart }

  public func advanced(by duration: Duration) -> MonotonicInstant { .init(sinceStart: sinceStart + duration) }
  public func duration(to other: MonotonicInstant) -> Duration { other.sinceStart - sinceStart }
  public static func < (left: Self, right: Self) -> Bool { left.sinceStart < right.sinceStart }
  public var description: String { "+\(sinceStart)" }
}
