// How the relay leaves: no new sessions, and every open one closed at its provider.
import Signaling
import Timekeeping

extension SessionRegistry {
  /// Says `server.draining`, refuses new sessions, ends all sessions at their providers and then the connections with
  /// close code 4000.
  ///
  /// Returns when all sessions are closed or the time is over; one that is still being opened counts as not closed.
  public func drain(within time: Duration) async {
    if service.drain(until: clock.now.advanced(by: time)) {
      for entry in connections.values { entry.connection.send(Self.drainingNotice(time)) }
      waiting.refuse(Service.draining, of: self)
      for (session, _) in sessions.oldestFirst {
        step(session) { machine, _ in machine.end(.draining) }
      }
    }
    await waitUntilClosed(for: time)
    let left = sessions.counts.holdingPlace
    if left > 0 { logger.error("sessions were not closed in time", metadata: ["left": "\(left)"]) }
    orphans.abandon()
    leases.abandon()
    quotas.leave(on: self)
    await finishNotes()
    for entry in connections.values { entry.connection.close(.draining, reason: "the server is leaving") }
  }

  private func waitUntilClosed(for time: Duration) async {
    guard isAnyOpen else { return }
    let ticket = nextTicket()
    let alarm = Task(executorPreference: executor) { await self.endDrain(ticket, after: time) }
    // The last one may have been closed since.
    await withCheckedContinuation { waiter in
      if isAnyOpen { service.wait(ticket, waiter) } else { waiter.resume() }
    }
    alarm.cancel()
  }

  private var isAnyOpen: Bool { sessions.counts.holdingPlace > 0 }

  private func endDrain(_ ticket: UInt64, after time: Duration) async {
    try? await clock.sleep(for: time)
    service.release(ticket)
  }

  /// Lets those go on who wait for the last session to be closed.
  func settleDrains() {
    if !isAnyOpen { service.releaseAll() }
  }

  static func drainingNotice(_ time: Duration) -> ServerMessage {
    .notification(.draining(deadlineMs: max(0, time.milliseconds)))
  }
}
