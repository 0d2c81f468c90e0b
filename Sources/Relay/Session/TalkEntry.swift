// Keeps what is known of one talk: what its client was told of it, what the provider said, and when it is over at the latest.
import AvatarProvider
import Basics
import Signaling

/// A talk that the provider accepted.
struct TalkEntry: Sendable {
  /// What the client was told last.
  enum Announced: Sendable, Hashable {
    case accepted, started, ended, failed
    /// It was accepted in an earlier life of the relay; what was told since then is not known.
    case unknown
  }
  /// What the provider itself said last.
  enum Heard: Sendable, Hashable { case nothing, start, end }

  /// The talk's id on the wire.
  let id: String
  private let ownProviderID: String?
  let duration: Duration?
  /// How long it takes at the most once it started.
  private(set) var longest: Duration
  /// Of a talk that is spoken in parts.
  var streamed: Streamed?
  var announced = Announced.accepted
  var heard = Heard.nothing
  /// When its start, and its end, are taken for granted; nil where nothing is known.
  var startsBy: MonotonicInstant?
  var endsBy: MonotonicInstant?
  /// Until when it is under way at the most; nil while that is not known to have begun, and once it is over.
  var lastsUntil: MonotonicInstant?

  init(id: String, providerID: String?, duration: Duration?, longest: Duration) {
    self.id = id
    ownProviderID = providerID
    self.duration = duration
    self.longest = longest
  }

  /// The provider's id of it, or of what is being said of it; nil where it gave none.
  var providerID: String? { streamed?.providerID ?? ownProviderID }

  /// Whether the provider's id means this talk.
  func isNamed(_ talk: String) -> Bool { ownProviderID == talk || (streamed?.isNamed(talk) ?? false) }

  /// More of it is with the provider.
  /// - Parameter queue: until when something is being said already.
  mutating func extend(
    by talk: Talk?, isWhole: Bool, atMost time: Duration, after queue: MonotonicInstant?, patience: Duration,
    at now: MonotonicInstant
  ) {
    streamed?.extend(by: talk?.id, isWhole: isWhole)
    longest += time
    guard let duration = talk?.duration else {
      // What began is longer now.
      if let end = lastsUntil { lastsUntil = end.advanced(by: time) }
      return
    }
    streamed?.hasDuration = true
    lastsUntil = max(now, queue ?? now).advanced(by: duration)
    if startsBy == nil { startsBy = now.advanced(by: patience) }
  }

  /// No more of it will come: it ends with what is being said.
  mutating func complete(patience: Duration, at now: MonotonicInstant) -> [TalkPhase] {
    guard var streamed else { return [] }
    let (isOver, isSilent) = (streamed.complete(), streamed.isSilent)
    self.streamed = streamed
    if isOver {
      heard = .end
      lastsUntil = nil
      return end(as: .ended(estimated: isSilent))
    }
    if streamed.hasDuration, heard != .end { endsBy = max(now, lastsUntil ?? now).advanced(by: patience) }
    return []
  }

  /// When something is to be announced that nobody said.
  var deadline: MonotonicInstant? {
    switch announced {
    case .accepted: startsBy.orEarlier(endsBy)
    case .started, .unknown: endsBy
    case .ended, .failed: nil
    }
  }

  /// Whether the provider may still tell that it, or more of it, begins.
  func awaitsStart(of talk: String?) -> Bool { streamed.map { $0.awaitsStart(of: talk) } ?? (heard == .nothing) }

  /// Whether its client was told that it is over.
  var isOver: Bool { announced == .ended || announced == .failed }

  /// How far it came, as its client is told.
  var resyncState: ResyncState.Talk {
    let phase: ResyncState.Talk.Phase =
      switch announced {
      case .accepted: .accepted
      case .started: .started
      case .ended: .ended
      case .failed: .failed
      case .unknown: .unknown
      }
    return ResyncState.Talk(talk: id, phase: phase, durationMs: duration?.milliseconds)
  }

  /// Announces a start, if it was not yet.
  mutating func start(estimated: Bool) -> [TalkPhase] {
    guard announced == .accepted || announced == .unknown else { return [] }
    announced = .started
    return [.started(estimated: estimated)]
  }

  /// Announces the end, if it was not yet, and before it a start that nobody saw.
  mutating func end(as phase: TalkPhase) -> [TalkPhase] {
    guard !isOver else { return [] }
    guard case .ended = phase else {
      announced = .failed
      return [phase]
    }
    let phases = start(estimated: true)
    announced = .ended
    return phases + [phase]
  }
}

/// What is known of a talk that is spoken in parts.
struct Streamed: Sendable {
  /// What is one talk to the provider.
  private struct Utterance {
    let id: String?
    var isStarted = false
  }

  /// Most utterances that are known.
  private static let longest = 64
  /// Those of which the end was not told, in order; the oldest is forgotten first.
  private var current: [Utterance] = []
  private var isComplete = false
  /// Nothing of it was handed on yet.
  private(set) var isSilent = true
  /// Whether the provider said how long anything of it is.
  var hasDuration = false

  /// The provider's id of what is being said; nil where it gave none.
  var providerID: String? { current.first?.id }

  func isNamed(_ talk: String) -> Bool { current.contains { $0.id == talk } }

  /// Whether something is waiting for its start to be told.
  func awaitsStart(of talk: String?) -> Bool { current.contains { !$0.isStarted && (talk == nil || $0.id == talk) } }

  /// More of it is with the provider, which answered as that talk.
  mutating func extend(by talk: String?, isWhole: Bool) {
    isSilent = false
    // A part belongs to what is being said.
    if !isWhole, let last = current.last, talk == nil || last.id == talk { return }
    if current.count == Self.longest { current.removeFirst() }
    current.append(Utterance(id: talk))
  }

  mutating func started(_ talk: String?) {
    guard let index = current.firstIndex(where: { !$0.isStarted && (talk == nil || $0.id == talk) }) else { return }
    current[index].isStarted = true
  }

  /// The provider told that it said something to its end.
  /// - Returns: whether that was all.
  mutating func ended(_ talk: String?) -> Bool {
    if let index = current.firstIndex(where: { talk == nil || $0.id == talk }) { current.removeFirst(index + 1) }
    return isComplete && current.isEmpty
  }

  /// No more of it will come.
  /// - Returns: whether all that was said of it has ended.
  mutating func complete() -> Bool {
    isComplete = true
    return current.isEmpty
  }
}
