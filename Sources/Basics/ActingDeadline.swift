// Decides until when a task may do something that another process could be doing by then.

/// The end of a right to act, which goes with a task to wherever it acts: whoever is about to hand bytes to the network
/// looks at it in the same turn. A process may be paused for any time between any two instructions, so a look that is
/// further away proves nothing.
public struct ActingDeadline: Sendable {
  /// The deadline of the current task; nil where its right has no end.
  @TaskLocal public static var current: ActingDeadline?

  private let clock: any MonotonicClock
  private let end: MonotonicInstant

  public init(end: MonotonicInstant, clock: any MonotonicClock) {
    self.end = end
    self.clock = clock
  }

  public var hasPassed: Bool { clock.now >= end }
}
