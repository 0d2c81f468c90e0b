// One utterance and when it is said.
import Timekeeping

/// A talk on the mock's clock. Its phase follows from the time alone.
struct MockTalk {
  /// What a talk does at some moment.
  enum Phase: String, Sendable {
    case queued, speaking, ended, interrupted
  }

  let id: String
  let duration: Duration
  let startsAt: MonotonicInstant
  /// When it was cut off, if it was.
  var cutAt: MonotonicInstant?

  var endsAt: MonotonicInstant { startsAt.advanced(by: duration) }

  func phase(at now: MonotonicInstant) -> Phase {
    if let cutAt, now >= cutAt { return .interrupted }
    if now >= endsAt { return .ended }
    return now >= startsAt ? .speaking : .queued
  }

  /// True once nothing more will happen to it.
  func isOver(at now: MonotonicInstant) -> Bool { [.ended, .interrupted].contains(phase(at: now)) }
}
