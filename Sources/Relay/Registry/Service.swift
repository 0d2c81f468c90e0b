// Decides whether sessions are opened at all: not while the operator pauses it, and never again once the relay leaves.
import Basics
import Signaling

/// What the operator said last about new sessions.
public enum Admission: String, Sendable, Hashable {
  case open
  case paused
}

/// Whether the relay opens sessions, and who waits for the last one to end.
final class Service {
  /// When the drain is over; nil where none was begun.
  private(set) var drainEnd: MonotonicInstant?
  /// Whether the operator lets sessions be opened.
  var admission = Admission.open
  private var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]

  var isDraining: Bool { drainEnd != nil }

  /// Begins to leave.
  /// - Returns: false when that was done before.
  func drain(until end: MonotonicInstant) -> Bool {
    guard !isDraining else { return false }
    drainEnd = end
    return true
  }

  /// Whether a session may be opened.
  func check() throws(SignalingError) {
    if isDraining { throw Self.draining }
    if admission == .paused { throw Self.paused }
  }

  static let draining = SignalingError(.draining, "the server is leaving; no new session is opened")
  static let paused = SignalingError(.paused, "the server's operator lets no session be opened for now")

  // MARK: The end of the last session

  /// Somebody waits for the last session to end.
  func wait(_ ticket: UInt64, _ waiter: CheckedContinuation<Void, Never>) { waiters[ticket] = waiter }

  /// One waits no more.
  func release(_ ticket: UInt64) { waiters.removeValue(forKey: ticket)?.resume() }

  /// The last session has ended.
  func releaseAll() {
    guard !waiters.isEmpty else { return }
    let waiting = waiters.values
    waiters = [:]
    for waiter in waiting { waiter.resume() }
  }
}

extension SessionRegistry {
  /// Says `server.draining`, refuses new sessions, ends all sessions at their providers and then the connections with
  /// close code 4000.
  ///
  /// Returns when all sessions are known to be closed or the time is over; one that is still being opened counts as not
  /// closed. Until then each end is asked for again and again. The client of one whose end was not confirmed hears of no
  /// `session.closed`: only its connection ends.
  public func drain(within time: Duration) async {
    if service.drain(until: clock.now.advanced(by: time)) {
      for entry in allConnections { entry.connection.send(.draining(in: time)) }
      waiting.refuse(Service.draining, of: self)
      orphans.hurry(on: self)
      for (session, _) in oldestFirst { step(session) { machine, _ in machine.end(.draining) } }
    }
    await waitUntilClosed(for: time)
    let left = Set(oldestFirst.map(\.session)).union(orphans.table.all.map(\.key))
    if !left.isEmpty {
      logger.error(
        "sessions were not closed in time",
        metadata: [
          "left": "\(left.count)", "sessions": "\(left.map(\.rawValue).sorted().prefix(20).joined(separator: " "))",
          "next": "\(ledger.isKept ? "the next start ends them" : "only the provider's own limits end them")",
        ])
    }
    orphans.abandon()
    leases.abandon()
    quotas.leave(on: self)
    await ledger.finish(on: self)
    for entry in allConnections { entry.connection.close(.draining, reason: "the server is leaving") }
  }

  /// How long a drain may still take once it is hurried: one more try for each session.
  static let hurriedDrainTime = Duration.seconds(2)

  /// Gives a drain that was begun little more time. What is not closed by then is said to be left.
  public func hurryDrain() {
    let end = clock.now.advanced(by: Self.hurriedDrainTime)
    guard isAnyOpen, let old = service.drainEnd, end < old else { return }
    orphans.hurry(on: self)
    _ = alarm(at: end) { $0.service.releaseAll() }
  }

  private func waitUntilClosed(for time: Duration) async {
    guard isAnyOpen else { return }
    let ticket = nextTicket()
    let alarm = start { await $0.endDrain(ticket, after: time) }
    // The last one may have been closed since.
    await withCheckedContinuation { waiter in
      if isAnyOpen { service.wait(ticket, waiter) } else { waiter.resume() }
    }
    alarm.cancel()
  }

  private var isAnyOpen: Bool { counts.holdingPlace > 0 || orphans.isAnyBeingEnded }

  private func endDrain(_ ticket: UInt64, after time: Duration) async {
    try? await clock.sleep(for: time)
    service.release(ticket)
  }

  /// Lets those go on who wait for the last session to be closed.
  func releaseDrains() {
    if service.isDraining, !isAnyOpen { service.releaseAll() }
  }
}

extension ServerMessage {
  /// `server.draining`
  static func draining(in time: Duration) -> ServerMessage {
    .notification(.draining(deadlineMs: max(0, time.milliseconds)))
  }
}
