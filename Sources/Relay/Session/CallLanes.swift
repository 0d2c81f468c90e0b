// Decides which call of a session may go to its provider now, which has to wait, and which is never sent.
import AvatarProvider
import Basics
import Signaling

/// The calls of one session that run and those that wait, in lanes whose order the provider's adapter states:
///
/// - The *description* goes at once.
/// - *Candidates* wait until the provider accepted it. Then each goes as it comes, and the end of candidates once no
///   other is left.
/// - *Talks* go in the order in which they were asked for, each once the one before it was accepted or refused, and none
///   beside an interruption, which would cut off the wrong one. One whose text is still being written keeps its place until
///   ``releaseTalks()``.
/// - *Interruptions* and *extensions* wait for nothing.
struct CallLanes: Sendable {
  struct Entry: Sendable, Hashable {
    let request: RequestID
    let call: ProviderCall
  }

  /// What the client wants of a talk by the time the provider answers.
  enum Wish: Sendable, Hashable {
    case played
    /// It was interrupted while it was on its way.
    case cutOff
  }

  /// How far a call that runs has come.
  enum Progress: Sendable, Hashable {
    /// It may still turn out that it must not be made.
    case decided
    /// The provider may have it.
    case sent
  }

  struct Running: Sendable, Hashable {
    let entry: Entry
    let since: MonotonicInstant
    var wish = Wish.played
    var progress = Progress.decided
  }

  /// Whether the provider may be told candidates.
  private enum Description: Sendable { case awaited, accepted }

  private let lanes: ProviderTraits.Lanes
  private let limits: RelayLimits
  private var description = Description.awaited
  private(set) var running: [Running] = []
  /// First come first.
  private(set) var waiting: [Entry] = []
  /// The request of the talk that is open: no other one goes.
  private var openTalk: RequestID?

  init(_ lanes: ProviderTraits.Lanes, limits: RelayLimits) {
    self.lanes = lanes
    self.limits = limits
  }

  /// How many candidates wait for the client's description.
  var heldCount: Int { description == .awaited ? waiting.count(where: \.call.isCandidate) : 0 }

  // MARK: Coming and going

  /// Adds a call at the end of its lane. There is always room for a first end of candidates: without it a provider waits
  /// in vain.
  /// - Throws: `candidate.limit` when as many as may be are held for the description, `request.overload` when as many as
  ///   may be wait.
  mutating func add(_ call: ProviderCall, for request: RequestID) throws(SignalingError) {
    let ends = waiting.count { $0.call == .add(nil) }
    let others = waiting.count - min(ends, 1)
    switch call {
    case .describe, .interrupt, .cut, .extend, .part, .leave: break
    case .add(nil) where ends == 0: break
    case .add(.some) where description == .awaited:
      guard waiting.count - ends < limits.heldCandidates else {
        throw SignalingError(
          .candidateLimit, "\(limits.heldCandidates) candidates are held already; send the answer first")
      }
    case .add, .speak, .begin:
      guard others < limits.waitingCalls else {
        throw SignalingError(.requestOverload, "\(limits.waitingCalls) calls of this session wait already")
      }
    }
    waiting.append(Entry(request: request, call: call))
  }

  /// The provider accepted the client's description, or needs none.
  mutating func descriptionAccepted() { description = .accepted }

  /// Takes the calls whose turn it is; they run from now on.
  mutating func start(at now: MonotonicInstant) -> [Entry] {
    var started: [Entry] = []
    var index = waiting.startIndex
    while index < waiting.endIndex {
      guard mayStart(waiting[index].call) else {
        index += 1
        continue
      }
      let entry = waiting.remove(at: index)
      if case .begin = entry.call { openTalk = entry.request }
      running.append(Running(entry: entry, since: now))
      started.append(entry)
    }
    return started
  }

  /// Runs a call that nobody asked for by itself; it waits for nothing.
  mutating func run(_ call: ProviderCall, for request: RequestID, at now: MonotonicInstant) {
    running.append(Running(entry: Entry(request: request, call: call), since: now))
  }

  /// Takes a call out that has come to its end, however it ended; nil if none of that request runs.
  mutating func finish(_ request: RequestID) -> Running? {
    guard let index = running.firstIndex(where: { $0.entry.request == request }) else { return nil }
    return running.remove(at: index)
  }

  private func mayStart(_ call: ProviderCall) -> Bool {
    switch call {
    case .describe, .interrupt, .cut, .extend, .part, .leave: true
    case .add(nil):
      description == .accepted && !running.contains { $0.entry.call.isCandidate }
        && !waiting.contains { $0.call.isCandidate && $0.call != .add(nil) }
    case .add:
      description == .accepted
        && (lanes.candidates == .together || !running.contains { $0.entry.call.isCandidate })
    case .speak, .begin:
      openTalk == nil && !isInterrupting
        && (lanes.talks == .together || !running.contains { $0.entry.call.isTalk })
    }
  }

  /// The open talk is over.
  mutating func releaseTalks() { openTalk = nil }

  /// An open talk of an earlier life is still to be ended.
  mutating func holdTalks(for request: RequestID) { openTalk = request }

  // MARK: Interruptions and the end

  /// Whether an interruption is on its way.
  var isInterrupting: Bool { running.contains { $0.entry.call.isInterruption } }

  /// Gives up the talks that wait, and has those cut off that are on their way, as soon as the provider accepted them.
  /// - Returns: the requests of those that are never sent.
  mutating func interruptTalks() -> [RequestID] {
    for index in running.indices where running[index].entry.call.isTalk { running[index].wish = .cutOff }
    let givenUp = waiting.filter(\.call.isTalk)
    waiting.removeAll(where: \.call.isTalk)
    return givenUp.map(\.request)
  }

  /// Has something of the open talk cut off that is on its way, as soon as the provider accepted it.
  mutating func interruptPart() {
    for index in running.indices where running[index].entry.call.isOfOpenTalk { running[index].wish = .cutOff }
  }

  /// Whether a talk is still to be cut off that was on its way when it was interrupted.
  var isCutPending: Bool {
    running.contains { running in
      if case .cut = running.entry.call { return true }
      return running.wish == .cutOff
    }
  }

  /// What the client wants of a call that runs; nil where none of that request does.
  func wish(for request: RequestID) -> Wish? { running.first { $0.entry.request == request }?.wish }

  /// From now on the provider may have a call that runs.
  mutating func sent(_ request: RequestID) {
    guard let index = running.firstIndex(where: { $0.entry.request == request }) else { return }
    running[index].progress = .sent
  }

  /// Lets go of what runs: nobody waits for it any more.
  mutating func abandonRunning() -> [Running] {
    defer { running = [] }
    return running
  }

  /// Gives up what waits; what runs goes on.
  mutating func abandonWaiting() -> [Entry] {
    defer { waiting = [] }
    return waiting
  }
}

extension ProviderCall {
  fileprivate var isCandidate: Bool { if case .add = self { true } else { false } }
  fileprivate var isInterruption: Bool {
    switch self {
    case .interrupt, .cut: true
    case .describe, .add, .speak, .begin, .part, .leave, .extend: false
    }
  }
  /// Whether the call has the avatar say something of a text that is still being written.
  fileprivate var isOfOpenTalk: Bool {
    switch self {
    case .part(let piece), .leave(let piece): piece.hasWords
    default: false
    }
  }
  /// Whether the call hands over the client's description.
  var isDescription: Bool { if case .describe = self { true } else { false } }
  /// Whether the call has the avatar speak.
  var isTalk: Bool {
    switch self {
    case .speak, .begin: true
    default: isOfOpenTalk
    }
  }
}
