// Keeps the talks of one session, and decides when each counts as started and ended: told by the provider, or estimated
// where nobody tells.
import AvatarProvider
import Basics
import Signaling

/// Keeps the talks of a session in order of acceptance and turns events and time into phases, each announced once.
struct TalkTable: Sendable {
  /// Whether somebody is there to tell when talks start and end.
  enum Witness: Sendable, Hashable {
    /// No data channel was reported open and the provider pushes nothing: estimates are made at once.
    case nobody
    /// Events may come: estimates wait for ``RelayLimits/talkEventPatience``.
    case expected
  }

  struct Announcement: Sendable, Hashable {
    let talk: String
    let phase: TalkPhase
  }

  /// What a client's talk id stands for.
  enum Reference: Sendable, Hashable {
    case unknown
    /// The provider said that it is over.
    case over
    case current(providerID: String?)
  }

  private let limits: RelayLimits
  private(set) var entries: [TalkEntry] = []
  /// Events that came before the talk they are about was acknowledged.
  private var early: [ProviderEvent] = []
  /// What ids begin with that the provider did not give.
  private static let ownIDs = "talk-"
  private var ownIDs = 0
  /// How many talks were ever accepted.
  private(set) var acceptedCount = 0
  var witness = Witness.nobody

  init(limits: RelayLimits) { self.limits = limits }

  private var patience: Duration { witness == .expected ? limits.talkEventPatience : .zero }

  /// Until when something is being said, as far as it is known: by a talk's length, or by its start that was told and the
  /// longest that its script can take. Nil where nothing counts.
  var lastsUntil: MonotonicInstant? { entries.compactMap(\.lastsUntil).max() }

  /// When the next estimate is due.
  var deadline: MonotonicInstant? { entries.compactMap(\.deadline).min() }

  /// Takes in a talk that the provider accepted and says under which id; ``acknowledged(_:at:)`` then announces it.
  /// - Parameter longest: the most that its script can take, where nobody tells.
  mutating func insert(_ talk: Talk, atMost longest: Duration, at now: MonotonicInstant) -> String {
    acceptedCount += 1
    let isTaken = talk.id.map { id in entries.contains { $0.id == id } } ?? true
    var id = talk.id ?? ""
    if isTaken {
      repeat {
        ownIDs += 1
        id = "\(Self.ownIDs)\(ownIDs)"
      } while entries.contains { $0.id == id }
    }
    var entry = TalkEntry(id: id, providerID: talk.id, duration: talk.duration, longest: talk.duration ?? longest)
    if let duration = talk.duration {
      // Talks are said one after the other.
      entry.lastsUntil = max(now, lastsUntil ?? now).advanced(by: duration)
      entry.startsBy = now.advanced(by: patience)
      entry.endsBy = now.advanced(by: duration + patience)
    }
    if entries.count == limits.talksRemembered {
      entries.remove(at: entries.firstIndex(where: \.isOver) ?? 0)
    }
    entries.append(entry)
    return id
  }

  /// Takes in a talk that an earlier life of the relay saw accepted; what was told of it since then is not known.
  /// - Parameter end: when it is over at the latest, if it may be under way.
  mutating func restore(_ id: String, lasting duration: Duration?, until end: MonotonicInstant?) {
    var entry = TalkEntry(
      id: id, providerID: id.hasPrefix(Self.ownIDs) ? nil : id, duration: duration, longest: duration ?? .zero)
    entry.announced = .unknown
    entry.lastsUntil = end
    if entries.count == limits.talksRemembered { entries.removeFirst() }
    entries.append(entry)
  }

  /// Announces a talk that was taken in and what was heard of it already.
  /// - Parameter calls: how many speaks still run; with none left, early events have nobody to belong to.
  mutating func acknowledged(_ id: String, stillSpeaking calls: Int, at now: MonotonicInstant) -> [Announcement] {
    guard let entry = entries.last(where: { $0.id == id }) else { return [] }
    var announcements = [Announcement(talk: id, phase: .accepted(durationMs: entry.duration?.milliseconds))]
    let events = early
    early = []
    for event in events { announcements += heard(event, stillSpeaking: calls, at: now) }
    return announcements + due(at: now)
  }

  /// What the provider said, or the browser heard it say.
  mutating func heard(
    _ event: ProviderEvent, stillSpeaking calls: Int, at now: MonotonicInstant
  ) -> [Announcement] {
    let index: Int?
    let talk: String?
    switch event {
    case .talkStarted(let id):
      (talk, index) = (id, find(id, at: now) { $0 == .nothing })
    case .talkEnded(let id, _), .talkFailed(let id, _):
      (talk, index) = (id, find(id, at: now) { $0 == .start } ?? find(id, at: now) { $0 == .nothing })
    case .ready, .candidate, .ended: return []
    }
    guard let index else {
      let isKnown = talk.map { id in entries.contains { $0.providerID == id } } ?? false
      if calls > 0, !isKnown, early.count < limits.earlyTalkEvents { early.append(event) }
      return []
    }
    let phases = apply(event, to: &entries[index], at: now)
    return phases.map { Announcement(talk: entries[index].id, phase: $0) }
  }

  /// Announces what is taken for granted by now.
  mutating func due(at now: MonotonicInstant) -> [Announcement] {
    var announcements: [Announcement] = []
    for index in entries.indices {
      while let deadline = entries[index].deadline, deadline <= now {
        let mayStart = entries[index].announced == .accepted && (entries[index].startsBy ?? deadline) <= now
        let phases =
          mayStart ? entries[index].start(estimated: true) : entries[index].end(as: .ended(estimated: true))
        announcements += phases.map { Announcement(talk: entries[index].id, phase: $0) }
      }
    }
    return announcements
  }

  /// The provider cut a talk off, or whatever was being said: its end is due unless somebody tells of it soon.
  mutating func cutOff(_ talk: String?, at now: MonotonicInstant) -> [Announcement] {
    let end = now.advanced(by: patience)
    for index in entries.indices {
      let isMeant = talk.map { $0 == entries[index].id } ?? (entries[index].announced == .started)
      guard isMeant, !entries[index].isOver else { continue }
      entries[index].endsBy = min(entries[index].endsBy ?? end, end)
      entries[index].lastsUntil = entries[index].lastsUntil.map { min($0, end) }
    }
    return due(at: now)
  }

  /// What a client means by a talk id.
  func look(up talk: String) -> Reference {
    guard let entry = entries.last(where: { $0.id.isExactly(talk) }) else { return .unknown }
    return entry.heard == .end ? .over : .current(providerID: entry.providerID)
  }

  /// Whether there may be something to cut off: a talk whose end the provider did not tell.
  var mayBeSpeaking: Bool { entries.contains { $0.heard != .end } }

  /// The provider's id of what is being said, or is said next, or whose end was only estimated; nil for nothing and
  /// where the provider gave no id.
  var currentProviderID: String? {
    let current =
      entries.first { $0.announced == .started } ?? entries.first { $0.announced == .accepted }
      ?? entries.last { $0.heard != .end }
    return current?.providerID
  }

  private func apply(_ event: ProviderEvent, to entry: inout TalkEntry, at now: MonotonicInstant) -> [TalkPhase] {
    switch event {
    case .talkStarted:
      entry.heard = .start
      entry.lastsUntil = now.advanced(by: entry.longest)
      // The end counts from the start that was seen.
      if let duration = entry.duration { entry.endsBy = now.advanced(by: duration + limits.talkEventPatience) }
      return entry.start(estimated: false)
    case .talkEnded:
      entry.heard = .end
      entry.lastsUntil = nil
      return entry.end(as: .ended(estimated: false))
    case .talkFailed(_, let message):
      entry.heard = .end
      entry.lastsUntil = nil
      let words = "the provider could not play the talk: \(message.prefix(500))"
      return entry.end(as: .failed(SignalingError(.providerRejected, words)))
    case .ready, .candidate, .ended: return []
    }
  }

  /// The talk that an event is about: the one with the provider's id, or the oldest that may still be waiting for it.
  private func find(
    _ talk: String?, at now: MonotonicInstant, _ isFitting: (TalkEntry.Heard) -> Bool
  ) -> Int? {
    entries.firstIndex { entry in
      guard isFitting(entry.heard) else { return false }
      if let talk { return entry.providerID == talk }
      guard entry.isOver, let end = entry.endsBy else { return true }
      return now <= end.advanced(by: limits.lateTalkEventWindow)
    }
  }
}

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
  /// The provider's id; nil where it gave none.
  let providerID: String?
  let duration: Duration?
  /// How long it takes at the most once it started.
  let longest: Duration
  var announced = Announced.accepted
  var heard = Heard.nothing
  /// When its start, and its end, are taken for granted; nil where nothing is known.
  var startsBy: MonotonicInstant?
  var endsBy: MonotonicInstant?
  /// Until when it is under way at the most; nil while that is not known to have begun, and once it is over.
  var lastsUntil: MonotonicInstant?

  /// When something is to be announced that nobody said.
  var deadline: MonotonicInstant? {
    switch announced {
    case .accepted: [startsBy, endsBy].compactMap(\.self).min()
    case .started, .unknown: endsBy
    case .ended, .failed: nil
    }
  }

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
