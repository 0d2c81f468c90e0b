// Decides how much of something may happen in a time, with room for a burst.

/// A bucket that holds so much and fills again evenly. It knows no time but what it is told.
public struct TokenBucket: Sendable, Hashable {
  /// The most that can be taken at once.
  public let capacity: Double
  private let perSecond: Double
  private var level: Double
  private var filledAt: MonotonicInstant

  /// Makes a full bucket.
  /// - Parameters:
  ///   - capacity: what it holds, at least 1.
  ///   - perSecond: what flows in; 0 or more.
  public init(capacity: Double, perSecond: Double, at now: MonotonicInstant) {
    self.capacity = max(1, capacity)
    self.perSecond = max(0, perSecond)
    level = self.capacity
    filledAt = now
  }

  /// A bucket for so many a minute, all of which may come at once.
  public init(perMinute: Int, at now: MonotonicInstant) {
    self.init(capacity: Double(perMinute), perSecond: Double(perMinute) / 60, at: now)
  }

  /// True when nothing was taken that has not flowed back: such a bucket need not be remembered.
  public func isFull(at now: MonotonicInstant) -> Bool { level(at: now) >= capacity }

  /// Whether an amount can ever be taken at once.
  public func holds(_ amount: Double) -> Bool { amount <= capacity }

  /// How long until an amount can be taken; zero if it can be now. More than the bucket holds never can be.
  public func wait(for amount: Double, at now: MonotonicInstant) -> Duration {
    let missing = amount - level(at: now)
    guard missing > 0 else { return .zero }
    guard perSecond > 0, holds(amount) else { return Self.longestWait }
    return min(Self.longestWait, .seconds(missing / perSecond))
  }

  /// Takes an amount, if it is there.
  /// - Returns: zero when it was taken; otherwise how long until it can be, and nothing was taken.
  public mutating func take(_ amount: Double = 1, at now: MonotonicInstant) -> Duration {
    let wait = wait(for: amount, at: now)
    guard wait == .zero else { return wait }
    level = level(at: now) - amount
    filledAt = max(filledAt, now)
    return .zero
  }

  /// What is said where nothing flows in, or never enough.
  static let longestWait = Duration.seconds(86_400)

  private func level(at now: MonotonicInstant) -> Double {
    min(capacity, level + max(0, filledAt.duration(to: now).seconds) * perSecond)
  }
}
