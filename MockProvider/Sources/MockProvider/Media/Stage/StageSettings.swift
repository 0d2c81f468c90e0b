// What all stages of a mock share.
import Logging
import TalkingAvatar
import Timekeeping
import Transport

/// The clocks and the pace of a mock's media.
struct StageSettings: Sendable {
  let loop: EventLoop
  /// Talks and pictures follow it; it can be moved.
  let clock: any MonotonicClock
  /// Time stamps of packets follow it; nobody moves it.
  let packetClock: any MonotonicClock
  /// Milliseconds since 1970, for the pictures' strip.
  let wallClock: @Sendable () -> UInt64
  let framesPerSecond: Int
  /// The streams that send pictures while nobody speaks.
  let crowd: StreamCrowd
  /// Where pictures are loaded from.
  let library: MediaLibrary
  let logger: Logger
  let report: @Sendable (StageReport) -> Void
}
