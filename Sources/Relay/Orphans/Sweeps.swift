// Finds sessions whose names were never seen, where the provider says what is open and nobody else uses its key.
import AvatarProvider
import Basics
import Ledger
import Logging
import SessionValues
import Signaling

/// The searches that run, one a provider at most.
final class Sweeps {
  private struct Sweep {
    /// The provider's ids of sessions that were known at any time since the search began: none of them is lost.
    var known: Set<String> = []
    let task: Task<Void, Never>
    /// Whether the next look is waited for.
    var isPausing = false
  }

  private var sweeps: [ProviderID: Sweep] = [:]
  private let limits: RelayLimits
  private let ledger: LedgerConfiguration
  private let clock: any MonotonicClock

  init(_ limits: RelayLimits, _ ledger: LedgerConfiguration, clock: any MonotonicClock) {
    self.limits = limits
    self.ledger = ledger
    self.clock = clock
  }

  /// Looks for unseen sessions at a provider until none is missing any more. Nothing happens where the provider keeps
  /// no list, where others may use its key, or while a search runs already.
  func start(at provider: any AvatarProvider, on registry: isolated SessionRegistry) {
    guard provider.traits.listsSessions, ledger.exclusiveProviders.contains(provider.id),
      sweeps[provider.id] == nil
    else { return }
    sweeps[provider.id] = Sweep(task: registry.start { await $0.orphans.sweeps.sweep(provider, on: $0) })
  }

  /// Whether unseen sessions are looked for at a provider.
  func isSearching(at provider: ProviderID) -> Bool { sweeps[provider] != nil }

  /// The relay leaves: whatever waits for its next look is looked at at once.
  func hurry(on registry: isolated SessionRegistry) {
    for (id, sweep) in Array(sweeps) where sweep.isPausing {
      guard let provider = registry.providers[id.rawValue] else { continue }
      sweep.task.cancel()
      sweeps[id] = nil
      start(at: provider, on: registry)
    }
  }

  /// A provider opened a session: it is not lost.
  func opened(_ handle: SessionHandle, at provider: ProviderID) {
    sweeps[provider]?.known.insert(handle.id)
  }

  /// Leaves what is missing to another life of the relay.
  func abandon() {
    for sweep in sweeps.values { sweep.task.cancel() }
  }

  private func sweep(_ provider: any AvatarProvider, on registry: isolated SessionRegistry) async {
    var pause = limits.orphanFirstPause
    while !registry.orphans.table.unseen(at: provider.id).isEmpty {
      await look(at: provider, on: registry)
      if registry.orphans.table.unseen(at: provider.id).isEmpty { break }
      sweeps[provider.id]?.isPausing = true
      // One that is cancelled may have a successor by now.
      do { try await clock.sleep(for: pause) } catch { return }
      guard !Task.isCancelled else { return }
      sweeps[provider.id]?.isPausing = false
      pause = registry.orphanPause(after: pause)
    }
    sweeps[provider.id] = nil
  }

  private func look(at provider: any AvatarProvider, on registry: isolated SessionRegistry) async {
    guard await isSearcher(at: provider.id, on: registry) else { return }
    let asked = ledger.wallTime()
    sweeps[provider.id]?.known = handlesKnown(at: provider.id, by: registry)
    let list: SessionList
    let start = clock.now
    do throws(ProviderFailure) { list = try await provider.openSessions() } catch {
      registry.noteTime(of: .list, at: provider.id, since: start, error)
      return registry.logger.log(
        level: error.code.logLevel, "the list of open sessions could not be had",
        metadata: ["provider": "\(provider.id)", "failure": "\(error.code.rawValue)"])
    }
    registry.noteTime(of: .list, at: provider.id, since: start)
    let times = ListedTimes(list, asked: asked, answered: ledger.wallTime(), openingTime: limits.openingTime)
    // What is being created may be on the list already; it gets its name in a moment.
    await registry.orphans.creations.wait(at: provider.id, on: registry)
    guard let written = await handlesWritten(at: provider.id, on: registry) else { return }
    let known = (sweeps[provider.id]?.known ?? []).union(handlesKnown(at: provider.id, by: registry)).union(written)
    let unknown = list.sessions.filter { !known.contains($0.handle.id) }
    for session in times.youngestFirst(unknown) { await end(session, times, at: provider, on: registry) }
    for missing in registry.orphans.table.unseen(at: provider.id)
    where missing.since.age(at: asked) >= limits.openingTime {
      // By then it would have been on the list.
      registry.orphans.settle(missing.session, .notOpened, on: registry)
    }
  }

  /// Whether it is this relay's turn to search: relays that search at once could end each other's finds. It is the
  /// owner's of the session that is missing for longest.
  private func isSearcher(at provider: ProviderID, on registry: isolated SessionRegistry) async -> Bool {
    guard ledger.leaseTime != nil else { return true }
    guard let records = try? await ledger.store.unended(at: provider.rawValue) else { return false }
    return records.first { $0.state == .unseen }?.owner == ledger.relay
  }

  /// Ends a session that nobody knows, if one is missing that may be it.
  private func end(
    _ listed: ListedSession, _ times: ListedTimes, at provider: any AvatarProvider, on registry: isolated SessionRegistry
  ) async {
    let missing = registry.orphans.table.unseen(at: provider.id).last { times.mayBe(listed, askedFor: $0.since) }
    guard let missing else { return }
    let asked = clock.now
    var failure: ProviderFailure?
    do throws(ProviderFailure) { try await provider.close(listed.handle) } catch { failure = error }
    registry.noteTime(of: .close, at: provider.id, since: asked, failure)
    guard failure == nil || failure?.code == .sessionGone else { return }
    registry.orphans.settle(missing.session, .closed, on: registry)
  }

  private func handlesKnown(at provider: ProviderID, by registry: isolated SessionRegistry) -> Set<String> {
    let open = registry.allSessions.map(\.value).filter { $0.provider.id == provider }
      .compactMap { $0.machine.upstreamID }
    let orphans = registry.orphans.table.all.map(\.value).filter { $0.provider == provider }
    let left = orphans.compactMap { orphan in if case .named(let handle) = orphan.kind { handle.id } else { nil } }
    return Set(open + left)
  }

  /// What the ledger knows, also of other relays; nil where it cannot be asked, or another relay may be creating a
  /// session right now.
  private func handlesWritten(
    at provider: ProviderID, on registry: isolated SessionRegistry
  ) async -> Set<String>? {
    do throws(LedgerFailure) {
      let records = try await ledger.store.unended(at: provider.rawValue)
      let others = records.filter { $0.state == .intended && $0.owner != ledger.relay }
      guard !others.contains(where: { $0.intent.at.age(at: ledger.wallTime()) < limits.openingTime }) else {
        return nil
      }
      return Set(records.compactMap { $0.handle?.id })
    } catch { return nil }
  }
}

/// When the sessions of a list were opened, by this relay's clock: the provider's may be off.
struct ListedTimes {
  /// The provider tells whole seconds.
  private static let unit: Int64 = 1000
  /// How much later than it can have been a session may seem to have been opened. Being generous here is safe: nobody
  /// else opens any once a relay has the key for itself. Not so with earlier ones, which may be somebody's.
  private static let tolerance = Duration.seconds(60)

  /// The provider's clock minus this relay's, in milliseconds: the least that it can be, since a session that may have
  /// been opened after it was asked for counts as such.
  private let offset: Int64
  private let openingTime: Duration

  /// - Parameters:
  ///   - asked: when the provider was asked for the list.
  ///   - answered: when it had answered.
  ///   - openingTime: how long the opening of a session may take.
  init(_ list: SessionList, asked: WallTime, answered: WallTime, openingTime: Duration) {
    self.openingTime = openingTime
    var offset: Int64 = 0
    if let time = list.time {
      // This machine's clock may be set back meanwhile.
      let least = time * Self.unit - max(asked, answered).millisecondsSinceEpoch
      let most = (time + 1) * Self.unit - min(asked, answered).millisecondsSinceEpoch
      offset = least <= 0 && 0 < most ? 0 : least
    }
    // It has opened none in its future, whatever it says that its time is.
    let youngest = list.sessions.compactMap(\.createdAt).max().map { $0 * Self.unit - answered.millisecondsSinceEpoch }
    self.offset = max(offset, youngest ?? offset)
  }

  /// Those whose time is told. Where the clocks leave two to choose from, the elder is the one that somebody else opened,
  /// before the key was this relay's alone.
  func youngestFirst(_ sessions: [ListedSession]) -> [ListedSession] {
    sessions.filter { $0.createdAt != nil }.sorted { ($0.createdAt ?? 0) > ($1.createdAt ?? 0) }
  }

  /// Whether a session may be the one that was asked for at a time.
  func mayBe(_ listed: ListedSession, askedFor since: WallTime) -> Bool {
    guard let createdAt = listed.createdAt else { return false }
    let opened = createdAt * Self.unit - offset
    let latest = since.millisecondsSinceEpoch + (openingTime + Self.tolerance).milliseconds
    return opened + Self.unit > since.millisecondsSinceEpoch && opened <= latest
  }
}

/// The calls that create sessions and have not come back.
final class Creations {
  private var running: [SessionID: ProviderID] = [:]
  private var waiters = Waiters()

  func begin(_ session: SessionID, at provider: ProviderID) { running[session] = provider }

  func end(_ session: SessionID) {
    running[session] = nil
    waiters.resumeAll()
  }

  /// Returns once each creation at a provider that is under way now has come to its end.
  func wait(at provider: ProviderID, on registry: isolated SessionRegistry) async {
    let awaited = running.filter { $0.value == provider }.keys
    while awaited.contains(where: { running[$0] != nil }) {
      await withCheckedContinuation { waiter in
        let isUnderWay = awaited.contains { running[$0] != nil }
        if isUnderWay { waiters.add(waiter) } else { waiter.resume() }
      }
    }
  }
}
