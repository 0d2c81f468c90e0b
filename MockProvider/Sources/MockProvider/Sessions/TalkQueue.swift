// Orders the talks of one session, said one after the other, and says how long each takes.
import Basics

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

  /// Whether another talk may be added.
  func hasRoom(at now: MonotonicInstant) -> Bool { talks.count { !$0.isOver(at: now) } < Self.waitingLimit }

  /// Goes on with a talk whose text comes in parts, or begins it with its first sound.
  /// - Parameters:
  ///   - duration: how long the new sound is; zero for none.
  ///   - isLast: nothing more will come.
  /// - Returns: the talk, and where in it the new sound begins; nil where it was cut off, and where nothing is said.
  mutating func extend(
    id: String, by duration: Duration, isLast: Bool, startDelay: Duration, at now: MonotonicInstant
  ) throws(Full) -> (talk: MockTalk, position: Duration)? {
    guard let index = talks.firstIndex(where: { $0.id == id }) else {
      guard duration > .zero else { return nil }
      _ = try add(id: id, duration: duration, startDelay: startDelay, at: now)
      talks[talks.count - 1].isOpen = !isLast
      return (talks[talks.count - 1], .zero)
    }
    guard !talks[index].isOver(at: now) else { return nil }
    // Whoever writes more slowly than is spoken leaves a pause.
    let position = max(talks[index].duration, talks[index].startsAt.duration(to: now))
    if duration > .zero || isLast { talks[index].duration = position + duration }
    talks[index].isOpen = !isLast
    return (talks[index], position)
  }

  /// How long the talks that are not over still last.
  func remaining(at now: MonotonicInstant) -> Duration {
    talks.filter { !$0.isOver(at: now) }.reduce(.zero) { $0 + $1.duration }
  }

  /// When the last of them is over, or was cut off; nil where there was none.
  var lastEnd: MonotonicInstant? { talks.map { min($0.cutAt ?? $0.endsAt, $0.endsAt) }.max() }

  /// True while this talk is being said.
  func isSpeaking(_ id: String, at now: MonotonicInstant) -> Bool {
    talks.contains { $0.id == id && $0.phase(at: now) == .speaking }
  }

  /// Cuts off what is being said and drops what waits.
  mutating func interrupt(at now: MonotonicInstant) {
    for index in talks.indices where !talks[index].isOver(at: now) { talks[index].cutAt = now }
  }
}

/// A talk on the mock's clock. Its phase follows from the time alone.
struct MockTalk {
  /// What a talk is doing at some moment.
  enum Phase: String, Sendable {
    case queued, speaking, ended, interrupted
  }

  let id: String
  /// Of all of its sound, as far as it is known.
  var duration: Duration
  let startsAt: MonotonicInstant
  /// Whether more of it may come: it goes on in silence until then.
  var isOpen = false
  /// When it was cut off, if it was.
  var cutAt: MonotonicInstant?

  /// When its sound is over.
  var endsAt: MonotonicInstant { startsAt.advanced(by: duration) }

  func phase(at now: MonotonicInstant) -> Phase {
    if let cutAt, now >= cutAt { return .interrupted }
    if !isOpen, now >= endsAt { return .ended }
    return now >= startsAt ? .speaking : .queued
  }

  /// True once nothing more will happen to it.
  func isOver(at now: MonotonicInstant) -> Bool { [.ended, .interrupted].contains(phase(at: now)) }
}

/// Estimates speech by its length: the vendors answer with a duration, so the mock needs one that follows from the
/// text.
enum SpeechDuration {
  /// Characters spoken per second: ordinary English speech at about 150 words a minute.
  static let charactersPerSecond = 15
  /// No utterance is shorter.
  static let shortest = Duration.milliseconds(200)
  /// How long an audio file is assumed to last, since it is never fetched.
  static let audioFile = Duration.seconds(3)
  /// A single `<break>` counts for at most this (Microsoft's SSML reference: 20 s).
  static let longestBreak = Duration.seconds(20)

  /// The duration of plain text.
  static func ofText(_ text: String) -> Duration {
    max(shortest, .milliseconds(text.count * 1000 / charactersPerSecond))
  }

  /// The duration of SSML: its text without the tags, and its breaks.
  static func ofSSML(_ ssml: String) -> Duration {
    var spoken = 0
    var breaks = Duration.zero
    var rest = Substring(ssml)
    while let open = rest.firstIndex(of: "<") {
      spoken += rest[..<open].count
      guard let close = rest[open...].firstIndex(of: ">") else {
        rest = ""
        break
      }
      breaks += pause(tag: rest[rest.index(after: open)..<close])
      rest = rest[rest.index(after: close)...]
    }
    spoken += rest.count
    return max(shortest, .milliseconds(spoken * 1000 / charactersPerSecond) + breaks)
  }

  /// The time of a `break` tag (W3C SSML 1.1 section 3.2.3); without a `time` a medium pause of 750 ms.
  private static func pause(tag: Substring) -> Duration {
    guard tag == "break" || tag.hasPrefix("break ") || tag.hasPrefix("break/") else { return .zero }
    guard let attribute = tag.firstRange(of: "time=") else { return .milliseconds(750) }
    let value = tag[attribute.upperBound...].drop { $0 == "\"" || $0 == "'" }
    let digits = value.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits), number.isFinite, number >= 0 else { return .zero }
    let milliseconds = value.dropFirst(digits.count).hasPrefix("ms") ? number : number * 1000
    return min(longestBreak, .milliseconds(Int64(min(milliseconds, 1e9))))
  }
}
