// Doing what a session decided: answering, calling the provider, waiting for deadlines.
import AvatarProvider
import Logging
import Signaling
import Timekeeping

extension SessionRegistry {
  /// One event of a session: its machine decides, and what it decided is done.
  func step(
    _ session: SessionID,
    _ event: (inout SessionMachine, MonotonicInstant) throws(SessionMachineError) -> [SessionAction]
  ) {
    guard let before = sessions[session]?.machine.visibleState else { return }
    do {
      let actions = try event(&sessions[session]!.machine, clock.now)
      for action in actions { perform(action, of: session) }
    } catch {
      logger.error("an event did not fit its session", metadata: ["session": "\(session)", "error": "\(error)"])
    }
    guard let after = sessions[session]?.machine.visibleState else { return }
    if after != before { log(session, "session is \(after.rawValue)") }
    if after == .closed {
      endCounting(session)
      settleDrains()
    }
    if after == .closed, before != .closed { placeFreed(by: session) }
    setAlarm(for: session)
  }

  private func perform(_ action: SessionAction, of session: SessionID) {
    guard let entry = sessions[session] else { return }
    switch action {
    case .welcome(let request, let result): answer(request, result, in: .connection, on: entry.connection)
    case .respond(let request, let result): answer(request, result, in: .session(session), on: entry.connection)
    case .notify(let seq, let event):
      guard let connection = entry.connection else { break }
      connections[connection]?.connection.send(.notification(.session(session, seq: seq, event)))
    case .call(let request, let call, let handle):
      Task(executorPreference: executor) { await self.call(entry.provider, call, handle, request, of: session) }
    case .closeUpstream(let handle):
      Task(executorPreference: executor) { await self.callClose(entry.provider, handle, of: session) }
    case .forget:
      log(session, "session is over")
      if case .closed(let reason) = entry.machine.state { counters.count(reason) }
      forget(session)
      placeFreed(at: entry.provider.id)
      settleDrains()
    }
  }

  // MARK: Provider calls

  func callOpen(_ wanted: OpenRequest, _ provider: any AvatarProvider, for session: SessionID) async {
    do throws(ProviderFailure) {
      let opened = try await provider.open(wanted)
      counters.sessionsOpened += 1
      tookSession(session)
      step(session) { machine, now throws(SessionMachineError) in try machine.opened(opened, at: now) }
      if let events = opened.events { listen(to: events, of: session) }
    } catch {
      log(error, of: "open", session)
      if Self.mayHaveOpened(error.code) { noteLeak(of: session) }
      if waitsAgain(session, after: error) { return }
      step(session) { machine, _ throws(SessionMachineError) in try machine.openFailed(error) }
    }
  }

  private func call(
    _ provider: any AvatarProvider, _ call: ProviderCall, _ handle: ProviderSession.Handle, _ request: RequestID,
    of session: SessionID
  ) async {
    let result: Result<ProviderOutcome, ProviderFailure>
    do throws(ProviderFailure) {
      result = .success(try await Self.outcome(of: call, provider, handle))
    } catch {
      log(error, of: call.name, session)
      result = .failure(error)
    }
    step(session) { machine, now throws(SessionMachineError) in try machine.finished(request, result, at: now) }
  }

  private static func outcome(
    of call: ProviderCall, _ provider: any AvatarProvider, _ handle: ProviderSession.Handle
  ) async throws(ProviderFailure) -> ProviderOutcome {
    switch call {
    case .describe(let description): return .described(try await provider.describe(description, in: handle))
    case .add(let candidate):
      try await provider.add(candidate, in: handle)
      return .added
    case .speak(let script): return .talk(try await provider.speak(script, in: handle))
    case .interrupt(_, let providerID): return .interrupted(try await provider.interrupt(talk: providerID, in: handle))
    case .extend:
      try await provider.extend(handle)
      return .extended
    }
  }

  private func callClose(
    _ provider: any AvatarProvider, _ handle: ProviderSession.Handle, of session: SessionID
  ) async {
    do throws(ProviderFailure) { try await provider.close(handle) } catch {
      log(error, of: "close", session)
      if error.code != .sessionGone { noteLeak(of: session) }
    }
    step(session) { machine, _ throws(SessionMachineError) in try machine.upstreamClosed() }
  }

  /// Whether a failed `open` may have left a session that nobody can name.
  private static func mayHaveOpened(_ code: ProviderFailure.Code) -> Bool {
    switch code {
    case .fateUnknown, .malformedReply, .cancelled: true
    case .unauthorized, .permission, .insufficientCredits, .sessionLimit, .rateLimited, .avatarNotFound, .rejected,
      .moderation, .notReady, .sessionGone, .notSupported, .unavailable, .unreachable:
      false
    }
  }

  private func noteLeak(of session: SessionID) {
    possiblyLeakedSessionCount += 1
    log(
      session, level: .error, "a session may be left open at the provider",
      ["possiblyLeaked": "\(possiblyLeakedSessionCount)"])
  }

  // MARK: Provider events

  private func listen(to events: AsyncStream<ProviderEvent>, of session: SessionID) {
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

  /// Sees to it that a task wakes no later than the machine's deadline. One that wakes early looks again.
  func setAlarm(for session: SessionID) {
    guard let entry = sessions[session] else { return }
    guard let deadline = entry.machine.deadline else {
      entry.alarm?.task.cancel()
      sessions[session]?.alarm = nil
      return
    }
    if let alarm = entry.alarm, alarm.deadline <= deadline { return }
    entry.alarm?.task.cancel()
    let task = Task(executorPreference: executor) { await self.wake(session, at: deadline) }
    sessions[session]?.alarm = (task, deadline)
  }

  private func wake(_ session: SessionID, at deadline: MonotonicInstant) async {
    do { try await clock.sleep(until: deadline, tolerance: nil) } catch { return }
    // The alarm may have been set anew between the end of the sleep and now.
    guard !Task.isCancelled else { return }
    sessions[session]?.alarm = nil
    step(session) { machine, now in machine.timePassed(at: now) }
  }
}
