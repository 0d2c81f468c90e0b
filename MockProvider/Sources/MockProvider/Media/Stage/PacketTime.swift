// From the mock's clock, which tests move, to the clock of packets, which nobody does.
import Timekeeping

/// Gives moments of the mock's clock their place on the time line that a browser sees: when the mock's clock leaps
/// forward, the browser's video goes on without a gap.
struct PacketTime {
  /// Two clocks are read one after the other, so their difference wavers; a larger change is a leap.
  private static let waver = Duration.milliseconds(5)

  private let clock: any MonotonicClock
  private let packetClock: any MonotonicClock
  private let start: MonotonicInstant
  /// The packets' clock minus the mock's.
  private var difference: Duration

  init(clock: any MonotonicClock, packetClock: any MonotonicClock) {
    self.clock = clock
    self.packetClock = packetClock
    start = packetClock.now
    difference = packetClock.now.sinceStart - clock.now.sinceStart
  }

  /// The time since the beginning. Steady: equal steps stay equal unless the mock's clock was moved.
  mutating func of(_ moment: MonotonicInstant) -> Duration {
    let current = packetClock.now.sinceStart - clock.now.sinceStart
    if abs(current / .milliseconds(1) - difference / .milliseconds(1)) > Self.waver / .milliseconds(1) {
      difference = current
    }
    return moment.sinceStart + difference - start.sinceStart
  }
}
