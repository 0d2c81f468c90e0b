// Ends the sessions that no client has any more, and counts them until they are known to be over.
import AvatarProvider
import Basics
import Ledger
import Logging
import SessionValues
import Signaling

/// Sessions that could not be closed, or not even named. Each is worked at until its provider says that it is over, or
/// its provider's own limits must have ended it.
final class Orphans {
  private(set) var table = OrphanTable()
  /// Sessions that were given up without the provider's word.
  private var unconfirmedEnds = 0
  let creations = Creations()
  let sweeps: Sweeps
  private let limits: RelayLimits
  private let clock: any MonotonicClock

  init(_ limits: RelayLimits, _ ledger: LedgerConfiguration, clock: any MonotonicClock) {
    self.limits = limits
    self.clock = clock
    sweeps = Sweeps(limits, ledger, clock: clock)
  }

  /// How many sessions may be open at their providers although no client has them: they are still being closed or
  /// waited for, or their end was never confirmed.
  var possiblyLeakedCount: Int { table.count + unconfirmedEnds }

  /// Whether one of them may end because of what this relay does, and not only because its time passes.
  var isAnyBeingEnded: Bool {
    table.all.contains { _, orphan in
      if case .named = orphan.kind { true } else { sweeps.isSearching(at: orphan.provider) }
    }
  }

  // MARK: Coming

  /// The end of a session was not confirmed: it is asked for again, after pauses that grow, until the provider's own
  /// limit must have ended it.
  /// - Parameter pause: how long to wait at first.
  func keepClosing(
    _ session: SessionID, _ handle: SessionHandle, at provider: any AvatarProvider, under lease: Lease?,
    for limit: Duration?, after pause: Duration, on registry: isolated SessionRegistry
  ) {
    let until = clock.now.advanced(by: limit ?? limits.orphanTime)
    let task = registry.start { await $0.orphans.close(session, handle, provider, after: pause, on: $0) }
    insert(
      session, Orphan(provider: provider.id, kind: .named(handle), lease: lease, until: until, task: task), on: registry
    )
  }

  /// The reply to the creation of a session was never seen: it holds a place until its provider must have ended it.
  /// - Parameters:
  ///   - since: when the provider was asked; it may have opened the session at any time since.
  ///   - limit: when the provider must have ended it.
  func waitOut(
    _ session: SessionID, at provider: any AvatarProvider, since: WallTime, under lease: Lease, for limit: Duration,
    on registry: isolated SessionRegistry
  ) {
    let until = clock.now.advanced(by: limit)
    let task = registry.alarm(at: until) { $0.orphans.settle(session, .abandoned, on: $0) }
    insert(
      session, Orphan(provider: provider.id, kind: .unseen(since: since), lease: lease, until: until, task: task),
      on: registry)
    sweeps.start(at: provider, on: registry)
  }

  private func insert(_ session: SessionID, _ orphan: Orphan, on registry: isolated SessionRegistry) {
    table.insert(session, orphan)
    registry.quotas.beginDay(of: session, on: registry)
    let metadata: Logger.Metadata = [
      "session": "\(session)", "provider": "\(orphan.provider)", "possiblyLeaked": .stringConvertible(possiblyLeakedCount),
    ]
    let message: Logger.Message = "a session may be left open at the provider"
    guard registry.session(session) == nil else { return registry.log(session, level: .error, message, metadata) }
    registry.logger.error(message, metadata: metadata)
  }

  // MARK: Going

  private func close(
    _ session: SessionID, _ handle: SessionHandle, _ provider: any AvatarProvider, after first: Duration,
    on registry: isolated SessionRegistry
  ) async {
    var pause = first
    while true {
      do { try await clock.sleep(for: pause) } catch { return }
      guard !Task.isCancelled, let orphan = table[session] else { return }
      table.setPausing(session, false)
      guard await registry.close(handle, at: provider, of: session) != nil else {
        return settle(session, .closed, on: registry)
      }
      registry.note(.closeFailed, of: session, under: orphan.lease)
      guard clock.now < orphan.until else {
        unconfirmedEnds += 1
        return settle(session, .abandoned, on: registry)
      }
      table.setPausing(session, true)
      pause = registry.orphanPause(after: pause)
    }
  }

  /// The relay leaves: whatever waits for its next attempt, or the next search for it, is tried at once.
  func hurry(on registry: isolated SessionRegistry) {
    for (session, orphan) in Array(table.all) {
      guard orphan.isPausing, case .named(let handle) = orphan.kind,
        let provider = registry.providers[orphan.provider.rawValue]
      else { continue }
      orphan.task?.cancel()
      table.setTask(
        session, registry.start { await $0.orphans.close(session, handle, provider, after: .zero, on: $0) })
    }
    sweeps.hurry(on: registry)
  }

  /// An orphan is over, or nothing more can be done about it.
  func settle(_ session: SessionID, _ ending: Ending, on registry: isolated SessionRegistry) {
    guard let orphan = remove(session, on: registry) else { return }
    registry.waiting.placeFreed(at: orphan.provider, on: registry)
    registry.note(ending.fact(at: registry.ledger.wallTime), of: session, under: orphan.lease)
    registry.logger.notice(
      "nothing more is done about a session that was left",
      metadata: ["session": "\(session)", "provider": "\(orphan.provider)", "because": "\(ending.name)"])
    registry.finishClosing(session)
    registry.releaseDrains()
  }

  /// Another relay has it now.
  func forget(_ session: SessionID, on registry: isolated SessionRegistry) {
    guard remove(session, on: registry) != nil else { return }
    registry.finishClosing(session)
    registry.releaseDrains()
  }

  private func remove(_ session: SessionID, on registry: isolated SessionRegistry) -> Orphan? {
    guard let orphan = table.remove(session) else { return nil }
    orphan.task?.cancel()
    registry.quotas.endDay(of: session, on: registry)
    return orphan
  }

  /// Leaves what is left to another life of the relay.
  func abandon() {
    for (_, orphan) in table.all { orphan.task?.cancel() }
    sweeps.abandon()
  }
}

extension Ending {
  /// The ending's name in the log.
  fileprivate var name: String {
    switch self {
    case .closed: "the provider said that it is over"
    case .notOpened: "the provider never opened it"
    case .abandoned: "the provider's own limits have passed"
    }
  }

  fileprivate func fact(at time: WallTime) -> LedgerFact {
    switch self {
    case .closed: .closed(at: time)
    case .notOpened: .notOpened
    case .abandoned: .abandoned(at: time)
    }
  }
}

/// A session that still has to end. It takes the place of a session until it is known to be over.
struct Orphan {
  enum Kind {
    /// Its end was not confirmed yet.
    case named(SessionHandle)
    /// It was asked for at that time and the reply was never seen.
    case unseen(since: WallTime)
  }

  let provider: ProviderID
  let kind: Kind
  let lease: Lease?
  /// When its provider's own limits have ended it in any case.
  let until: MonotonicInstant
  /// What is being done about it.
  var task: Task<Void, Never>?
  /// Whether the next attempt to end it is waited for.
  var isPausing = true
}

extension SessionRegistry {
  /// The pause before the next attempt, where the one before the last was so long: twice that, within the limits.
  func orphanPause(after pause: Duration) -> Duration {
    let longest = service.isDraining ? limits.orphanDrainingPause : limits.orphanLongestPause
    return min(max(pause * 2, limits.orphanFirstPause), longest)
  }
}

/// All sessions that no client has and that may be open.
struct OrphanTable {
  /// One whose name was never seen, and when its provider was asked for it.
  struct Unseen: Hashable {
    let session: SessionID
    let since: WallTime
  }

  private var orphans: [SessionID: Orphan] = [:]
  private(set) var countAt = Tally<ProviderID>()
  private var unseen: [ProviderID: [Unseen]] = [:]

  var count: Int { orphans.count }

  subscript(session: SessionID) -> Orphan? { orphans[session] }

  /// All of them, in no order.
  var all: some Sequence<(key: SessionID, value: Orphan)> { orphans }

  /// Those at a provider whose names were never seen, oldest first.
  func unseen(at provider: ProviderID) -> [Unseen] { unseen[provider] ?? [] }

  mutating func insert(_ session: SessionID, _ orphan: Orphan) {
    _ = remove(session)
    orphans[session] = orphan
    countAt.add(1, to: orphan.provider)
    guard case .unseen(let since) = orphan.kind else { return }
    let new = Unseen(session: session, since: since)
    // Nearly always the latest comes last.
    let index = unseen(at: orphan.provider).lastIndex { Self.isOlder($0, new) }.map { $0 + 1 } ?? 0
    unseen[orphan.provider, default: []].insert(new, at: index)
  }

  mutating func remove(_ session: SessionID) -> Orphan? {
    guard let orphan = orphans.removeValue(forKey: session) else { return nil }
    countAt.add(-1, to: orphan.provider)
    if case .unseen = orphan.kind { unseen[orphan.provider]?.removeAll { $0.session == session } }
    return orphan
  }

  mutating func setPausing(_ session: SessionID, _ isPausing: Bool) { orphans[session]?.isPausing = isPausing }

  mutating func setTask(_ session: SessionID, _ task: Task<Void, Never>) { orphans[session]?.task = task }

  private static func isOlder(_ one: Unseen, _ other: Unseen) -> Bool {
    (one.since, one.session.rawValue) < (other.since, other.session.rawValue)
  }
}
