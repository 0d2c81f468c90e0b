// The talks of one session, said one after the other.
import Timekeeping

/// Talks in the order of acceptance; each starts when the one before it is over.
struct TalkQueue {
  /// Thrown when too many talks wait.
  struct Full: Error {}

  /// Most talks of a session that are not over.
  static let waitingLimit = 64
  /// Most talks of a session that are remembered; the oldest are forgotten first.
  static let keptLimit = 256

  private(set) var talks: [MockTalk] = []

  /// Adds a talk behind the last one.
  mutating func add(
    id: String, duration: Duration, startDelay: Duration, at now: MonotonicInstant
  ) throws(Full) -> MockTalk {
    let waiting = talks.filter { !$0.isOver(at: now) }
    guard waiting.count < Self.waitingLimit else { throw Full() }
    let free = waiting.map(\.endsAt).max() ?? now
    let talk = MockTalk(id: id, duration: duration, startsAt: max(free, now.advanced(by: startDelay)))
    talks.append(talk)
    if talks.count > Self.keptLimit { talks.removeFirst() }
    return talk
  }

  /// How long the talks that are not over still last.
  func remaining(at now: MonotonicInstant) -> Duration {
    talks.filter { !$0.isOver(at: now) }.reduce(.zero) { $0 + $1.duration }
  }

  /// True while this talk is being said.
  func isSpeaking(_ id: String, at now: MonotonicInstant) -> Bool {
    talks.contains { $0.id == id && $0.phase(at: now) == .speaking }
  }

  /// Cuts off what is being said and drops what waits.
  mutating func interrupt(at now: MonotonicInstant) {
    for index in talks.indices where !talks[index].isOver(at: now) { talks[index].cutAt = now }
  }
}
