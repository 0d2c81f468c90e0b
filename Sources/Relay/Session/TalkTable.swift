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
  var lastsUntil: MonotonicInstant? {
    var latest: MonotonicInstant?
    for entry in entries { if let end = entry.lastsUntil { latest = max(latest ?? end, end) } }
    return latest
  }

  /// When the next estimate is due.
  var deadline: MonotonicInstant? {
    var earliest: MonotonicInstant?
    for entry in entries { earliest = earliest.orEarlier(entry.deadline) }
    return earliest
  }

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

  /// Takes in a talk whose text is still being written and says under which id; ``acknowledged(_:stillSpeaking:at:)`` then
  /// announces it, and ``extend(_:by:atMost:stillSpeaking:at:)`` what is said of it.
  /// - Parameter providerID: the provider's id of it; nil where there is none, or nothing was handed on yet.
  mutating func insertOpen(_ providerID: String?, at now: MonotonicInstant) -> String {
    let id = insert(Talk(id: providerID, duration: nil), atMost: .zero, at: now)
    if let index = entries.lastIndex(where: { $0.id == id }) { entries[index].streamed = Streamed() }
    return id
  }

  /// The provider took something more of an open talk.
  /// - Parameters:
  ///   - talk: as the provider answered.
  ///   - isWhole: it is a talk of its own to the provider, and no part of one.
  ///   - longest: the most that it can take, where nobody tells.
  mutating func extend(
    _ id: String, by talk: Talk?, isWhole: Bool, atMost longest: Duration, stillSpeaking calls: Int,
    at now: MonotonicInstant
  ) -> [Announcement] {
    guard let index = entries.lastIndex(where: { $0.id == id }) else { return [] }
    let queue = lastsUntil
    entries[index].extend(by: talk, isWhole: isWhole, atMost: longest, after: queue, patience: patience, at: now)
    return heardEarly(stillSpeaking: calls, at: now) + due(at: now)
  }

  /// An open talk gets no more: it ends with what is being said of it, or now.
  mutating func complete(_ id: String, at now: MonotonicInstant) -> [Announcement] {
    guard let index = entries.lastIndex(where: { $0.id == id }) else { return [] }
    let phases = entries[index].complete(patience: patience, at: now)
    return phases.map { Announcement(talk: id, phase: $0) } + due(at: now)
  }

  /// An open talk goes no further; what is being said of it may be said to its end.
  mutating func fail(_ id: String, _ error: SignalingError) -> [Announcement] {
    guard let index = entries.lastIndex(where: { $0.id == id }) else { return [] }
    return entries[index].end(as: .failed(error)).map { Announcement(talk: id, phase: $0) }
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
    // Of an open talk nothing is known to be said yet; what was heard of it is told once that is (``extend``).
    if entry.streamed?.isSilent != true { announcements += heardEarly(stillSpeaking: calls, at: now) }
    return announcements + due(at: now)
  }

  /// What was heard before it was known which talk it is about.
  private mutating func heardEarly(stillSpeaking calls: Int, at now: MonotonicInstant) -> [Announcement] {
    let events = early
    early = []
    return events.flatMap { heard($0, stillSpeaking: calls, at: now) }
  }

  /// What the provider said, or the browser heard it say.
  mutating func heard(
    _ event: ProviderEvent, stillSpeaking calls: Int, at now: MonotonicInstant
  ) -> [Announcement] {
    let index: Int?
    let talk: String?
    switch event {
    case .talkStarted(let id):
      (talk, index) = (id, find(id, at: now) { $0.awaitsStart(of: id) })
    case .talkEnded(let id, _), .talkFailed(let id, _):
      (talk, index) = (id, find(id, at: now) { $0.heard == .start } ?? find(id, at: now) { $0.heard == .nothing })
    case .ready, .candidate, .ended: return []
    }
    guard let index else {
      let isKnown = talk.map { id in entries.contains { $0.isNamed(id) } } ?? false
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

  /// Whether the client was told that a talk is over.
  func isOver(_ talk: String) -> Bool { entries.last { $0.id == talk }?.isOver ?? true }

  /// Whether there may be something to cut off: a talk whose end the provider did not tell.
  var mayBeSpeaking: Bool { entries.contains { $0.heard != .end && $0.streamed?.isSilent != true } }

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
    case .talkStarted(let talk):
      entry.heard = .start
      entry.streamed?.started(talk)
      entry.lastsUntil = now.advanced(by: entry.longest)
      // The end counts from the start that was seen.
      if let duration = entry.duration { entry.endsBy = now.advanced(by: duration + limits.talkEventPatience) }
      return entry.start(estimated: false)
    case .talkEnded(let talk, _):
      if entry.streamed?.ended(talk) == false { return [] }
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
    _ talk: String?, at now: MonotonicInstant, _ isFitting: (TalkEntry) -> Bool
  ) -> Int? {
    entries.firstIndex { entry in
      guard isFitting(entry) else { return false }
      if let talk { return entry.isNamed(talk) }
      guard entry.isOver, let end = entry.endsBy else { return true }
      return now <= end.advanced(by: limits.lateTalkEventWindow)
    }
  }
}
