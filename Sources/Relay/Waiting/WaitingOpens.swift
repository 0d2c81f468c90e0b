// Lets those who wait for a session begin, move up or give up, whenever something changes or their time is over.
import AvatarProvider
import Basics
import Logging
import Signaling

/// The requests that wait for a place at a provider, with the alarm that looks at them again.
final class WaitingOpens {
  private(set) var room: WaitingRoom
  private var alarm: (task: Task<Void, Never>, deadline: MonotonicInstant)?
  private let limits: RelayLimits
  private let clock: any MonotonicClock

  init(_ limits: RelayLimits, clock: any MonotonicClock) {
    self.limits = limits
    self.clock = clock
    room = WaitingRoom(limit: limits.waitingOpens, share: limits.waitingOpensPerSubject)
  }

  // MARK: Coming

  /// Whether a request may wait.
  /// - Throws: `provider.sessionLimit` when too many wait already.
  func check(_ open: WaitingOpen) throws(SignalingError) {
    switch room.obstacle(to: open) {
    case nil: return
    case .full where limits.waitingOpens == 0: throw noPlace(open, "there is no free session", .sessionsPerProvider)
    case .full: throw noPlace(open, "too many wait already", .waitingOpens)
    case .share: throw noPlace(open, "too many of this client wait already", .waitingOpensPerSubject)
    }
  }

  /// Puts a request in the queue, which may wait, and tells its client the position.
  func join(_ open: WaitingOpen, on registry: isolated SessionRegistry) {
    room.join(open)
    registry.count { $0.opensQueued += 1 }
    settle(on: registry)
  }

  /// A provider refused to open a session for its own number of them: the request goes back to the queue.
  /// - Returns: false when it cannot wait; it is to be answered then.
  func rejoin(
    _ open: WaitingOpen, _ session: SessionID, after failure: ProviderFailure, on registry: isolated SessionRegistry
  ) -> Bool {
    guard failure.code == .sessionLimit else {
      room.opened(open)
      return false
    }
    guard case .opening = registry.session(session)?.machine.state, clock.now < open.deadline else {
      room.notTried(open, at: clock.now)
      return false
    }
    var open = open
    let isFirst = open.refusal == nil && open.announced == nil
    open.refusal = SignalingError(failure)
    // Nobody else is let in meanwhile, so a provider's word is not believed for ever.
    let pause = min(max(.milliseconds(100), failure.retryAfter ?? limits.placePause), limits.longestPlacePause)
    guard room.rejoin(open, until: clock.now.advanced(by: pause)) else { return false }
    if isFirst { registry.count { $0.opensQueued += 1 } }
    registry.log(session, "session waits for a place at the provider")
    registry.forget(session)
    settle(on: registry)
    return true
  }

  // MARK: Going

  /// A provider opened a session.
  func opened(_ open: WaitingOpen, on registry: isolated SessionRegistry) {
    room.opened(open)
    settle(on: registry)
  }

  /// One whose turn it was did not ask its provider.
  func notTried(_ open: WaitingOpen, on registry: isolated SessionRegistry) {
    room.notTried(open, at: clock.now)
    settle(on: registry)
  }

  /// A session is over, though something of it may still run.
  func placeFreed(at provider: ProviderID, on registry: isolated SessionRegistry) {
    room.placeFreed(provider, at: clock.now)
    settle(on: registry)
  }

  /// A connection is gone: those who wait on it wait no more, and are told nothing.
  func leave(_ connection: ConnectionID, on registry: isolated SessionRegistry) {
    if !room.remove(on: connection).isEmpty { settle(on: registry) }
  }

  /// Nobody waits any more, on that connection or anywhere, and everybody is told why.
  func refuse(
    _ error: SignalingError, on connection: ConnectionID? = nil, of registry: isolated SessionRegistry
  ) {
    let refused = connection.map { room.remove(on: $0) } ?? room.removeAll()
    for open in refused { registry.answer(open.request, .failure(error), on: open.connection) }
    if !refused.isEmpty { settle(on: registry) }
  }

  /// Does what is due: those who waited too long are told so, those whose turn it is begin, the others hear their
  /// position.
  private func settle(on registry: isolated SessionRegistry) {
    let now = clock.now
    for open in room.removeOverdue(at: now) {
      let limit: LimitName? = open.refusal == nil ? .sessionsPerProvider : nil
      registry.answer(
        open.request, .failure(noPlace(open, "no session came free in time", limit)), on: open.connection)
    }
    while let open = room.next(at: now, hasPlace: { registry.hasPlace(at: $0) }) {
      do throws(SignalingError) {
        try registry.checkAgain(open)
        registry.begin(open)
      } catch {
        room.notTried(open, at: now)
        registry.answer(open.request, .failure(error), on: open.connection)
      }
    }
    for (open, position) in room.news() {
      registry.send(.notification(.queued(open.request, position: position)), to: open.connection)
    }
    setAlarm(after: now, on: registry)
  }

  private func noPlace(_ open: WaitingOpen, _ words: String, _ limit: LimitName?) -> SignalingError {
    SignalingError(
      .providerSessionLimit, "\(open.provider.id): \(words)",
      retryAfterMs: open.refusal?.retryAfterMs, limit: limit, provider: open.refusal?.provider)
  }

  /// - Parameter now: what was due then is done, and no later: time may have passed since.
  private func setAlarm(after now: MonotonicInstant, on registry: isolated SessionRegistry) {
    guard let deadline = room.deadline(after: now) else {
      alarm?.task.cancel()
      alarm = nil
      return
    }
    if let alarm, alarm.deadline <= deadline, alarm.deadline > now { return }
    alarm?.task.cancel()
    let task = registry.alarm(at: deadline) { registry in
      registry.waiting.alarm = nil
      registry.waiting.settle(on: registry)
    }
    alarm = (task, deadline)
  }
}
