// Decides whether new sessions are taken, and lets those go on who wait for the last session to end.
import Signaling
import Timekeeping

/// What the operator said last about new sessions.
public enum Admission: String, Sendable, Hashable {
  case open
  case paused
}

/// Whether the relay opens sessions: not while its operator pauses it, and never again once it leaves.
struct Service {
  private enum Stage {
    case open
    case draining(until: MonotonicInstant)
  }

  private var stage = Stage.open
  /// Whether the operator lets sessions be opened.
  var admission = Admission.open
  private var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]

  /// When the drain is over; nil where none was begun.
  var drainEnd: MonotonicInstant? { if case .draining(let end) = stage { end } else { nil } }

  var isDraining: Bool { drainEnd != nil }

  /// Begins to leave.
  /// - Returns: false when that was done before.
  mutating func drain(until end: MonotonicInstant) -> Bool {
    guard !isDraining else { return false }
    stage = .draining(until: end)
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
  mutating func wait(_ ticket: UInt64, _ waiter: CheckedContinuation<Void, Never>) { waiters[ticket] = waiter }

  /// One waits no more.
  mutating func release(_ ticket: UInt64) { waiters.removeValue(forKey: ticket)?.resume() }

  /// The last session has ended.
  mutating func releaseAll() {
    guard !waiters.isEmpty else { return }
    let waiting = waiters.values
    waiters = [:]
    for waiter in waiting { waiter.resume() }
  }
}
