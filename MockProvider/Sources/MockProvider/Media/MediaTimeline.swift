// Decides when a session shows, plays and says what: one clock for pictures, sound and events.
import Basics
import TalkingAvatar

/// The schedule of a session's media, as a pure state machine: talks go in, and whatever is due comes out.
///
/// Pictures lie on a grid that a talk begins anew, sound on one of 20 ms from the talk's first sample; both count from
/// absolute times, so nothing drifts. A caller that comes late gets the current picture and all of the sound; one that
/// is very late, because somebody moved the clock, gets neither: the media jumps.
struct MediaTimeline {
  /// How often pictures are shown.
  struct Rules: Sendable, Equatable {
    /// While somebody speaks, and while the stream warms up.
    var frameInterval: Duration
    /// While nobody speaks; nil for no picture at all then.
    var idleFrameInterval: Duration?
    /// How long pictures are shown after connecting, until the stream says that it is ready; nil for not at all.
    var warmUp: Duration?
  }

  /// What is due.
  enum Action: Equatable {
    /// The warm-up is over.
    case ready
    case started(talk: String)
    case frame(MediaFrame)
    /// The 20 ms of a talk from a position on.
    case sound(talk: String, position: Duration, due: MonotonicInstant)
    /// 20 ms of nothing, so that the end of a talk leaves the browser's buffers.
    case silence(due: MonotonicInstant)
    case ended(talk: String, spoken: Duration)
  }

  private struct Talk {
    let id: String
    let start: MonotonicInstant
    var duration: Duration
    /// More of it may come.
    var isOpen: Bool
    /// Nil while it is open.
    var end: MonotonicInstant? { isOpen ? nil : start.advanced(by: duration) }
  }

  private enum Event: Int { case end, start, ready, frame, sound }

  /// One Opus packet (RFC 7587 section 4.2).
  static let packet = Duration.milliseconds(20)
  /// How long silence is sent after a talk, and pictures of a face at rest before a stream pauses.
  static let tail = Duration.milliseconds(200)
  /// The fewest pictures of a face at rest, where they are few in a second.
  static let fewestClosingFrames = 2
  /// What is later than this is skipped.
  static let patience = Duration.milliseconds(500)

  /// May change at any time; counts from the next picture on.
  var rules: Rules
  private var isConnected = false
  private var waiting: [Talk] = []
  private var playing: Talk?
  private var readyAt: MonotonicInstant?
  private var nextFrame: MonotonicInstant?
  private var nextSound: MonotonicInstant?
  private var tailEnd: MonotonicInstant?
  /// How many pictures of a face at rest are still sent before the stream pauses.
  private var closingFrames = 0
  /// Pictures whose turn had passed when the next one's came.
  private(set) var missedFrames = 0
  /// How often the time jumped.
  private(set) var leaps = 0

  init(rules: Rules) { self.rules = rules }

  /// The talk that is being said.
  var speaking: String? { playing?.id }

  /// When ``advance(to:)`` has to be called next; nil when nothing will ever be due.
  var deadline: MonotonicInstant? { earliest?.at }

  /// Media can be sent from now on.
  mutating func connect(at now: MonotonicInstant) {
    guard !isConnected else { return }
    isConnected = true
    readyAt = rules.warmUp.map { now.advanced(by: $0) }
    if isShowing { nextFrame = now }
  }

  /// Adds a talk behind the others, which starts when they are over, or changes how long one lasts.
  /// - Parameter isOpen: it does not end yet, since more of it may come.
  mutating func set(talk id: String, start: MonotonicInstant, duration: Duration, isOpen: Bool = false) {
    let talk = Talk(id: id, start: start, duration: duration, isOpen: isOpen)
    if playing?.id == id {
      playing = talk
    } else if let index = waiting.firstIndex(where: { $0.id == id }) {
      waiting[index] = talk
    } else {
      waiting.append(talk)
    }
  }

  /// Takes out everything that is due, in order.
  mutating func advance(to now: MonotonicInstant) -> [Action] {
    var actions: [Action] = []
    skip(to: now)
    while let next = earliest, next.at <= now {
      switch next.event {
      case .end: actions += end(at: next.at)
      case .start:
        actions.append(start())
        skip(to: now)
      case .ready:
        readyAt = nil
        actions.append(.ready)
        if !isShowing { nextFrame = nil }
      case .frame:
        actions.append(.frame(MediaFrame(due: next.at, talk: playing?.id, position: position(at: next.at))))
        if playing == nil, closingFrames > 0 { closingFrames -= 1 }
        nextFrame = isShowing ? next.at.advanced(by: interval) : nil
      case .sound: actions.append(sound(at: next.at))
      }
    }
    return actions
  }

  /// Cuts off what is being said and forgets what waits.
  mutating func interrupt(at now: MonotonicInstant) -> [Action] {
    let actions = advance(to: now)
    waiting = []
    return actions + end(at: now)
  }

  /// There is something new to see: the next picture, if there is one, is due at once.
  mutating func hurry(at now: MonotonicInstant) { nextFrame = nextFrame.map { min($0, now) } }

  /// Nothing is due any more.
  mutating func close() {
    isConnected = false
    waiting = []
    (playing, readyAt, nextFrame, nextSound, tailEnd) = (nil, nil, nil, nil, nil)
    closingFrames = 0
  }
}

extension MediaTimeline {
  /// Pictures are sent now.
  var isShowing: Bool { playing != nil || rules.idleFrameInterval != nil || readyAt != nil || closingFrames > 0 }

  private var interval: Duration {
    playing == nil && readyAt == nil ? rules.idleFrameInterval ?? rules.frameInterval : rules.frameInterval
  }

  private var earliest: (at: MonotonicInstant, event: Event)? {
    guard isConnected else { return nil }
    let all: [(MonotonicInstant?, Event)] = [
      (playing?.end, .end), (playing == nil ? waiting.first?.start : nil, .start), (readyAt, .ready),
      (nextFrame, .frame), (nextSound, .sound),
    ]
    // At equal times an end comes before a start, and both come before the picture of that moment.
    return all.compactMap { at, event in at.map { (at: $0, event: event) } }.min { $0.at < $1.at }
  }

  private func position(at now: MonotonicInstant) -> Duration { playing.map { $0.start.duration(to: now) } ?? .zero }

  private mutating func start() -> Action {
    let talk = waiting.removeFirst()
    playing = talk
    nextFrame = nextFrame.map { min($0, talk.start) } ?? talk.start
    nextSound = talk.start
    tailEnd = nil
    closingFrames = 0
    return .started(talk: talk.id)
  }

  private mutating func end(at now: MonotonicInstant) -> [Action] {
    guard let talk = playing else { return [] }
    playing = nil
    tailEnd = now.advanced(by: Self.tail)
    // A stream that pauses leaves its last picture standing: not that of a mouth in the middle of a word.
    if rules.idleFrameInterval == nil {
      closingFrames = max(Self.fewestClosingFrames, Int(Self.tail / rules.frameInterval))
    }
    return [.ended(talk: talk.id, spoken: min(talk.duration, max(.zero, talk.start.duration(to: now))))]
  }

  private mutating func sound(at due: MonotonicInstant) -> Action {
    nextSound = due.advanced(by: Self.packet)
    if let talk = playing { return .sound(talk: talk.id, position: position(at: due), due: due) }
    if let tailEnd, due.advanced(by: Self.packet) >= tailEnd { (nextSound, self.tailEnd) = (nil, nil) }
    return .silence(due: due)
  }

  /// Skips what is too late to be sent, and stays on the grids.
  private mutating func skip(to now: MonotonicInstant) {
    if let frame = nextFrame, frame.duration(to: now) >= interval {
      let late = frame.duration(to: now)
      let slots = Int(late / interval)
      nextFrame = frame.advanced(by: interval * slots)
      if late <= Self.patience { missedFrames += slots } else { leaps += 1 }
    }
    if let sound = nextSound, sound.duration(to: now) > Self.patience {
      nextSound = sound.advanced(by: Self.packet * Int(sound.duration(to: now) / Self.packet))
    }
  }
}

extension Speech {
  /// Adds what is said from a position on; silence fills what lies between.
  mutating func append(_ next: Speech, at position: Duration) {
    let first = max(samples.count, Int((position / .microseconds(1) * Double(Self.sampleRate) / 1e6).rounded()))
    samples += [Int16](repeating: 0, count: first - samples.count) + next.samples
    mouth += next.mouth.map { MouthCue(start: position + $0.start, shape: $0.shape) }
    words += next.words.map { WordCue(start: position + $0.start, text: $0.text) }
  }

  /// The samples of one packet that begins at a position, filled up with silence behind the end.
  func samples(at position: Duration) -> [Int16] {
    let first = Int(max(0, (position / .microseconds(1) * Double(Self.sampleRate) / 1e6).rounded()))
    let count = OpusEncoder.frameSamples
    guard first < self.samples.count else { return [Int16](repeating: 0, count: count) }
    let samples = Array(self.samples[first..<min(first + count, self.samples.count)])
    return samples + [Int16](repeating: 0, count: count - samples.count)
  }
}

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
