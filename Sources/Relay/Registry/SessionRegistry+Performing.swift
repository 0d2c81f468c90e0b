// Does what a session decided: answers, calls the provider, waits for deadlines.
import AvatarProvider
import Ledger
import Logging
import SessionValues
import Signaling
import Timekeeping

extension SessionRegistry {
  /// One event of a session: its machine decides, and what it decided is done.
  /// - Parameter call: the call to the provider whose end is the event.
  func step(
    _ session: SessionID, after call: FinishedCall? = nil,
    _ event: (inout SessionMachine, MonotonicInstant) throws(SessionMachineError) -> [SessionAction]
  ) {
    guard let before = sessions[session]?.machine.visibleState else { return }
    do {
      let actions = try sessions.step(session, at: clock.now, event)
      for action in actions { perform(action, of: session, after: call) }
    } catch {
      logger.error("an event did not fit its session", metadata: ["session": "\(session)", "error": "\(error)"])
    }
    guard let after = sessions[session]?.machine.visibleState else { return }
    if after != before {
      log(session, "session is \(after.rawValue)")
      noteState(after, of: session)
    }
    if after == .closed {
      endCounting(session)
      settleDrains()
    }
    if after == .closed, before != .closed, let provider = sessions[session]?.provider.id {
      waiting.placeFreed(at: provider, on: self)
    }
    setAlarm(for: session)
  }

  private func perform(_ action: SessionAction, of session: SessionID, after call: FinishedCall?) {
    guard let entry = sessions[session] else { return }
    let provider = entry.provider
    switch action {
    case .welcome(let request, let result): answer(request, result, in: .connection, on: entry.connection, after: call)
    case .respond(let request, let result):
      noteAnswer(result, to: request, of: session)
      answer(request, result, in: .session(session), on: entry.connection, after: call)
    case .notify(let seq, let event):
      guard let connection = entry.connection else { break }
      connections[connection]?.connection.send(.notification(.session(session, seq: seq, event)))
    case .call(let request, let call, let handle):
      Task(executorPreference: executor) { await self.call(provider, call, handle, request, of: session) }
    case .closeUpstream(let handle):
      Task(executorPreference: executor) { await self.callClose(provider, handle, of: session) }
    case .forget:
      log(session, "session is over")
      if case .closed(let reason) = entry.machine.state { counters.count(reason) }
      forget(session)
      waiting.placeFreed(at: provider.id, on: self)
      settleDrains()
    }
  }

  // MARK: Provider calls

  private func call(
    _ provider: any AvatarProvider, _ call: ProviderCall, _ handle: SessionHandle, _ request: RequestID,
    of session: SessionID
  ) async {
    let lease = sessions[session]?.lease
    if case .speak(let script) = call, let error = await intend(script, request, of: session, under: lease) {
      return step(session) { machine, now throws(SessionMachineError) in try machine.refused(request, error, at: now) }
    }
    guard leases.mayAct(for: session) else {
      let error = Self.ledgerUnavailable
      return step(session) { machine, now throws(SessionMachineError) in try machine.refused(request, error, at: now) }
    }
    let asked = clock.now
    let result = await acting(for: session) { () throws(ProviderFailure) in
      try await Self.outcome(of: call, provider, handle)
    }
    let finished = noteTime(of: call, request, at: provider.id, since: asked, result)
    if case .failure(let error) = result {
      log(error, of: call.name, session)
      noteFailure(error, of: call, request, session)
    }
    await writeSuccess(result, of: call, session, under: lease)
    step(session, after: finished) { machine, now throws(SessionMachineError) in
      try machine.finished(request, result, at: now)
    }
  }

  /// Counts the time of a call, and says what of it is told; nil for nothing.
  private func noteTime(
    of call: ProviderCall, _ request: RequestID, at provider: ProviderID, since asked: MonotonicInstant,
    _ result: Result<ProviderOutcome, ProviderFailure>
  ) -> FinishedCall? {
    var failure: ProviderFailure?
    switch result {
    case .success(let outcome): guard outcome.reachedProvider else { return nil }
    case .failure(let error): failure = error
    }
    guard let time = noteTime(of: call.timed, at: provider, since: asked, failure), call.tellsItsTime else {
      return nil
    }
    return FinishedCall(request: request, time: time)
  }

  private static func outcome(
    of call: ProviderCall, _ provider: any AvatarProvider, _ handle: SessionHandle
  ) async throws(ProviderFailure) -> ProviderOutcome {
    switch call {
    case .describe(let description): return .described(try await provider.describe(description, in: handle))
    case .add(let candidate):
      try await provider.add(candidate, in: handle)
      return .added
    case .speak(let script): return .talk(try await provider.speak(script, in: handle))
    case .interrupt(_, let providerID), .cut(_, let providerID):
      return .interrupted(try await provider.interrupt(talk: providerID, in: handle))
    case .extend:
      try await provider.extend(handle)
      return .extended
    }
  }

  private func callClose(
    _ provider: any AvatarProvider, _ handle: SessionHandle, of session: SessionID
  ) async {
    let (lease, limit) = (sessions[session]?.lease, sessions[session]?.machine.expiry?.idleLimit)
    if case .closing(let reason, _) = sessions[session]?.machine.state {
      note(.closing(reason: reason.rawValue), of: session, under: lease)
    }
    if let error = await close(handle, at: provider, of: session) {
      log(error, of: "close", session)
      note(.closeFailed, of: session, under: lease)
      orphans.keepClosing(
        session, handle, at: provider, under: lease, for: limit, after: limits.orphanFirstPause, on: self)
    } else {
      note(.closed, of: session, under: lease)
    }
    step(session) { machine, _ throws(SessionMachineError) in try machine.upstreamClosed() }
  }

  // MARK: Provider events

  func listen(to events: AsyncStream<ProviderEvent>, of session: SessionID) {
    guard sessions[session]?.holdsPlace ?? false else { return }
    sessions[session]?.listener = Task(executorPreference: executor) { await self.follow(events, of: session) }
  }

  private func follow(_ events: AsyncStream<ProviderEvent>, of session: SessionID) async {
    for await event in events { step(session) { machine, now in machine.happened(event, at: now) } }
    guard !Task.isCancelled else { return }
    let end = ProviderEvent.ended(message: "the provider's events ended")
    step(session) { machine, now in machine.happened(end, at: now) }
  }

  // MARK: Time

  /// Starts a task on the registry.
  @discardableResult
  func start(_ work: @escaping @Sendable (isolated SessionRegistry) async -> Void) -> Task<Void, Never> {
    Task(executorPreference: executor) { await work(self) }
  }

  /// Does something at a time, unless the task that is returned is cancelled before.
  func alarm(
    at deadline: MonotonicInstant, _ wake: @escaping @Sendable (isolated SessionRegistry) -> Void
  ) -> Task<Void, Never> {
    start { registry in
      do { try await registry.clock.sleep(until: deadline, tolerance: nil) } catch { return }
      // It may have been cancelled between the end of the sleep and now.
      if !Task.isCancelled { wake(registry) }
    }
  }

  /// Sees to it that a task wakes no later than the machine's deadline. One that wakes early looks again.
  func setAlarm(for session: SessionID) {
    guard let entry = sessions[session] else { return }
    guard let deadline = entry.machine.deadline else {
      entry.alarm?.task.cancel()
      entry.alarm = nil
      return
    }
    if let alarm = entry.alarm, alarm.deadline <= deadline { return }
    entry.alarm?.task.cancel()
    let task = alarm(at: deadline) { registry in
      registry.sessions[session]?.alarm = nil
      registry.step(session) { machine, now in machine.timePassed(at: now) }
    }
    entry.alarm = (task, deadline)
  }
}
