// Finding sessions whose names were never seen, where the provider says what is open and nobody else uses its key.
import AvatarProvider
import Ledger
import Logging
import Signaling
import Timekeeping

extension SessionRegistry {
  /// Looks for unseen sessions at a provider until none is missing any more. Nothing happens where the provider keeps
  /// no list, where others may use its key, or while a search runs already.
  func startSweep(of provider: any AvatarProvider) {
    guard provider.traits.listsSessions, bookkeeping.exclusiveProviders.contains(provider.id),
      sweeps[provider.id] == nil
    else { return }
    let task = Task(executorPreference: executor) { await self.sweep(provider) }
    sweeps[provider.id] = Sweep(task: task)
  }

  private func sweep(_ provider: any AvatarProvider) async {
    var pause = limits.leftoverFirstPause
    while !Task.isCancelled, !leftovers.unseen(at: provider.id).isEmpty {
      await lookForUnseen(at: provider)
      if leftovers.unseen(at: provider.id).isEmpty { break }
      do { try await clock.sleep(for: pause) } catch { break }
      pause = min(pause * 2, limits.leftoverLongestPause)
    }
    sweeps[provider.id] = nil
  }

  private func lookForUnseen(at provider: any AvatarProvider) async {
    guard await isSearcher(at: provider.id) else { return }
    let asked = wallTime
    sweeps[provider.id]?.known = handlesKnown(at: provider.id)
    let listed: [ListedSession]
    let start = clock.now
    do throws(ProviderFailure) { listed = try await provider.openSessions() } catch {
      noteTime(of: .list, at: provider.id, since: start, error)
      return logger.notice(
        "the list of open sessions could not be had",
        metadata: ["provider": "\(provider.id)", "failure": "\(error.code.rawValue)"])
    }
    noteTime(of: .list, at: provider.id, since: start)
    // What is being created may be on the list already; it gets its name in a moment.
    await endOfCreations(at: provider.id)
    guard let written = await handlesWritten(at: provider.id) else { return }
    let known = (sweeps[provider.id]?.known ?? []).union(handlesKnown(at: provider.id)).union(written)
    for session in listed where !known.contains(session.handle.id) { await end(session, at: provider) }
    for missing in leftovers.unseen(at: provider.id) where missing.since.age(at: asked) >= limits.openingTime {
      // By then it would have been on the list.
      settle(missing.session, .notOpened)
    }
  }

  /// Whether it is this relay's turn to search: relays that search at once could end each other's finds. It is the
  /// owner's of the session that is missing for longest.
  private func isSearcher(at provider: ProviderID) async -> Bool {
    guard bookkeeping.leaseTime != nil else { return true }
    guard let records = try? await bookkeeping.ledger.unended(at: provider.rawValue) else { return false }
    return records.first { $0.state == .unseen }?.owner == bookkeeping.relay
  }

  /// Ends a session that nobody knows, if one that was asked for before it was opened is missing.
  private func end(_ listed: ListedSession, at provider: any AvatarProvider) async {
    guard let createdAt = listed.createdAt else { return }
    let missing = leftovers.unseen(at: provider.id).last { $0.since.millisecondsSinceEpoch / 1000 <= createdAt }
    guard let missing else { return }
    let asked = clock.now
    var failure: ProviderFailure?
    do throws(ProviderFailure) { try await provider.close(listed.handle) } catch { failure = error }
    noteTime(of: .close, at: provider.id, since: asked, failure)
    guard failure == nil || failure?.code == .sessionGone else { return }
    settle(missing.session, .closed)
  }

  private func handlesKnown(at provider: ProviderID) -> Set<String> {
    let open = sessions.all.map(\.value).filter { $0.provider.id == provider }.compactMap { $0.machine.upstreamID }
    let left = leftovers.all.map(\.value).filter { $0.provider == provider }.compactMap { leftover in
      if case .named(let handle) = leftover.kind { handle.id } else { nil }
    }
    return Set(open + left)
  }

  /// What the ledger knows, also of other relays; nil where it cannot be asked, or another relay may be creating a
  /// session right now.
  private func handlesWritten(at provider: ProviderID) async -> Set<String>? {
    do throws(LedgerFailure) {
      let records = try await bookkeeping.ledger.unended(at: provider.rawValue)
      let others = records.filter { $0.state == .intended && $0.owner != bookkeeping.relay }
      guard !others.contains(where: { $0.intent.at.age(at: wallTime) < limits.openingTime }) else { return nil }
      return Set(records.compactMap { $0.handle?.id })
    } catch { return nil }
  }
}
