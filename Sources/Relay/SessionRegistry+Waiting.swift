// Waiting for a place at a provider.
import AvatarProvider
import Logging
import Signaling
import Timekeeping

extension SessionRegistry {
  /// Puts a request in the queue and tells its client the position.
  func wait(_ open: WaitingOpen) throws(SignalingError) {
    guard waitingRoom.enter(open) else {
      let limit = limits.waitingOpens == 0 ? LimitName.sessionsPerProvider : .waitingOpens
      throw noPlace(open, limits.waitingOpens == 0 ? "there is no free session" : "too many wait already", limit)
    }
    counters.opensQueued += 1
    settleWaiting()
  }

  /// A provider refused to open a session for its own number of them: the request goes back to the queue.
  /// - Returns: false when it cannot wait; it is to be answered then.
  func waitsAgain(_ session: SessionID, after failure: ProviderFailure) -> Bool {
    guard let entry = sessions[session], var open = entry.opening else { return false }
    guard failure.code == .sessionLimit else {
      waitingRoom.opened(entry.provider.id)
      return false
    }
    guard case .opening = entry.machine.state, clock.now < open.deadline else {
      waitingRoom.notTried(entry.provider.id, at: clock.now)
      return false
    }
    let isFirst = open.refusal == nil && open.announced == nil
    open.refusal = SignalingError(failure)
    let pause = max(.milliseconds(100), failure.retryAfter ?? limits.placePause)
    guard waitingRoom.enterAgain(open, until: clock.now.advanced(by: pause)) else { return false }
    if isFirst { counters.opensQueued += 1 }
    log(session, "session waits for a place at the provider")
    forget(session)
    settleWaiting()
    return true
  }

  /// A provider opened a session.
  func tookSession(_ session: SessionID) {
    guard let provider = sessions[session]?.provider.id else { return }
    sessions[session]?.opening = nil
    waitingRoom.opened(provider)
    settleWaiting()
  }

  /// A session is over, though something of it may still run.
  func placeFreed(by session: SessionID) {
    if let provider = sessions[session]?.provider.id { placeFreed(at: provider) }
  }

  func placeFreed(at provider: ProviderID) {
    waitingRoom.placeFreed(provider, at: clock.now)
    settleWaiting()
  }

  /// Nobody waits any more, on that connection or anywhere, and everybody is told why.
  func refuseWaiting(_ error: SignalingError, on connection: ConnectionID? = nil) {
    let refused = connection.map { waitingRoom.remove(on: $0) } ?? waitingRoom.removeAll()
    for open in refused { answer(open.request, .failure(error), on: open.connection) }
    if !refused.isEmpty { settleWaiting() }
  }

  /// Does what is due: those who waited too long are told so, those whose turn it is begin, the others hear their
  /// position.
  func settleWaiting() {
    let now = clock.now
    for open in waitingRoom.removeOverdue(at: now) {
      let limit: LimitName? = open.refusal == nil ? .sessionsPerProvider : nil
      answer(
        open.request, .failure(noPlace(open, "no session came free in time", limit)), on: open.connection)
    }
    while let open = waitingRoom.next(at: now, hasPlace: hasPlace) {
      do throws(SignalingError) {
        try checkAgain(open)
        begin(open)
      } catch {
        waitingRoom.notTried(open.provider.id, at: now)
        answer(open.request, .failure(error), on: open.connection)
      }
    }
    for (open, position) in waitingRoom.news() {
      connections[open.connection]?.connection.send(.notification(.queued(open.request, position: position)))
    }
    setWaitingAlarm(after: now)
  }

  private func noPlace(_ open: WaitingOpen, _ words: String, _ limit: LimitName?) -> SignalingError {
    SignalingError(
      .providerSessionLimit, "\(open.provider.id): \(words)",
      retryAfterMs: open.refusal?.retryAfterMs ?? limits.placePause.milliseconds, limit: limit,
      provider: open.refusal?.provider)
  }

  /// - Parameter now: what was due then is done, and no later: time may have passed since.
  private func setWaitingAlarm(after now: MonotonicInstant) {
    guard let deadline = waitingRoom.deadline(after: now) else {
      waitingAlarm?.task.cancel()
      waitingAlarm = nil
      return
    }
    if let alarm = waitingAlarm, alarm.deadline <= deadline, alarm.deadline > now { return }
    waitingAlarm?.task.cancel()
    let task = Task(executorPreference: executor) { await self.wakeWaiting(at: deadline) }
    waitingAlarm = (task, deadline)
  }

  private func wakeWaiting(at deadline: MonotonicInstant) async {
    do { try await clock.sleep(until: deadline, tolerance: nil) } catch { return }
    guard !Task.isCancelled else { return }
    waitingAlarm = nil
    settleWaiting()
  }
}
