// Sessions that could not be closed, or not even named: ended later, and counted until then.
import AvatarProvider
import Ledger
import Logging
import Signaling
import Timekeeping

extension SessionRegistry {
  /// How many sessions may be open at their providers although no client has them: they are still being closed or
  /// waited for, or their end was never confirmed.
  public var possiblyLeakedSessionCount: Int { leftovers.count + unconfirmedEnds }

  /// The end of a session was not confirmed: it is asked for again, after pauses that grow, until the provider's own
  /// limit must have ended it.
  /// - Parameter pause: how long to wait at first.
  func leaveOpen(
    _ session: SessionID, _ handle: ProviderSession.Handle, at provider: any AvatarProvider, under lease: Lease?,
    for limit: Duration?, after pause: Duration
  ) {
    let until = clock.now.advanced(by: limit ?? limits.leftoverTime)
    let task = Task(executorPreference: executor) { await self.closeLater(session, handle, provider, after: pause) }
    leave(session, Leftover(provider: provider.id, kind: .named(handle), lease: lease, until: until, task: task))
  }

  /// The reply to the creation of a session was never seen: it holds a place until its provider must have ended it.
  /// - Parameter since: when the provider was asked; it may have opened the session at any time since.
  func leaveUnseen(
    _ session: SessionID, _ provider: any AvatarProvider, _ wanted: OpenRequest, since: WallTime, _ lease: Lease
  ) {
    note(.unseen, of: session, under: lease)
    let limit = (try? provider.idleLimit(of: wanted)) ?? limits.leftoverTime
    leaveUnseen(session, provider, since: since, under: lease, for: limit)
  }

  /// - Parameter limit: when the provider must have ended it.
  func leaveUnseen(
    _ session: SessionID, _ provider: any AvatarProvider, since: WallTime, under lease: Lease, for limit: Duration
  ) {
    let until = clock.now.advanced(by: limit)
    let task = Task(executorPreference: executor) { await self.waitOut(session, until: until) }
    leave(session, Leftover(provider: provider.id, kind: .unseen(since: since), lease: lease, until: until, task: task))
    startSweep(of: provider)
  }

  private func leave(_ session: SessionID, _ leftover: Leftover) {
    leftovers.insert(session, leftover)
    beginSpending(session)
    let metadata: Logger.Metadata = [
      "session": "\(session)", "provider": "\(leftover.provider)", "possiblyLeaked": "\(possiblyLeakedSessionCount)",
    ]
    let message: Logger.Message = "a session may be left open at the provider"
    guard sessions[session] == nil else { return log(session, level: .error, message, metadata) }
    logger.error(message, metadata: metadata)
  }

  private func closeLater(
    _ session: SessionID, _ handle: ProviderSession.Handle, _ provider: any AvatarProvider, after first: Duration
  ) async {
    var pause = first
    while true {
      do { try await clock.sleep(for: pause) } catch { return }
      guard !Task.isCancelled, let leftover = leftovers[session] else { return }
      guard await close(handle, at: provider, of: session) != nil else { return settle(session, .closed) }
      note(.closeFailed, of: session, under: leftover.lease)
      guard clock.now < leftover.until else {
        unconfirmedEnds += 1
        return settle(session, .abandoned)
      }
      pause = min(max(pause * 2, limits.leftoverFirstPause), limits.leftoverLongestPause)
    }
  }

  private func waitOut(_ session: SessionID, until: MonotonicInstant) async {
    do { try await clock.sleep(until: until, tolerance: nil) } catch { return }
    guard !Task.isCancelled else { return }
    settle(session, .abandoned)
  }

  /// A leftover is over, or nothing more can be done about it.
  func settle(_ session: SessionID, _ fact: LedgerFact) {
    guard let leftover = leftovers.remove(session) else { return }
    leftover.task?.cancel()
    endSpending(session)
    placeFreed(at: leftover.provider)
    note(fact, of: session, under: leftover.lease)
    logger.notice(
      "nothing more is done about a session that was left",
      metadata: ["session": "\(session)", "provider": "\(leftover.provider)", "because": "\(fact.name)"])
    settleDrains()
  }

  /// Another relay has it now.
  func forgetLeftover(_ session: SessionID) {
    guard let leftover = leftovers.remove(session) else { return }
    leftover.task?.cancel()
    endSpending(session)
  }

  /// Leaves what is left to another life of the relay.
  func abandonLeftovers() {
    for (_, leftover) in leftovers.all { leftover.task?.cancel() }
    for sweep in sweeps.values { sweep.task.cancel() }
    for watch in watches { watch.cancel() }
    dayAlarm?.cancel()
  }
}

extension LedgerFact {
  /// The fact's name in the log.
  fileprivate var name: String {
    switch self {
    case .closed: "the provider said that it is over"
    case .notOpened: "the provider never opened it"
    case .abandoned: "the provider's own limits have passed"
    default: "it was written down"
    }
  }
}
