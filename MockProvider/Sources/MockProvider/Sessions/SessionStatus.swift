// Shows a session to a test or to the control surface.
import Basics
import StrictJSON

/// A session as it is at one moment.
public struct SessionStatus: Sendable, Hashable {
  /// Where a session stands.
  public enum State: Sendable, Hashable {
    /// Offered; no answer yet.
    case new
    /// Answered; no candidate yet.
    case connecting
    /// Up: an answer and a candidate, or the end of candidates, were posted.
    case connected
    /// Media has ended, or could not begin; the vendor does not know yet that nobody is there.
    case disconnected
    case ended(SessionEnd)
  }

  /// A talk of the session.
  public struct Talk: Sendable, Hashable {
    public let id: String
    /// `queued`, `speaking`, `ended` or `interrupted`.
    public let phase: String
    public let duration: Duration
  }

  /// `did` or `heygen`.
  public let vendor: String
  /// `talks`, `clips`, `agents/{id}`, `v1` or `v2`.
  public let contract: String
  public let id: String
  public let state: State
  /// True while it counts against the account's cap.
  public let holdsSlot: Bool
  /// How many candidates were posted.
  public let candidates: Int
  public let hasEndOfCandidates: Bool
  /// Until a limit ends it if nothing more is heard; nil when it is over or has no limit.
  public let expiresIn: Duration?
  /// What it was created with, without secrets.
  public let options: JSONValue
  public let talks: [Talk]
  /// What is sent and received; nil for a session without media.
  public let media: MediaSnapshot?

  public var isOpen: Bool { if case .ended = state { false } else { true } }
}

extension SessionStatus {
  init<Details>(
    vendor: Vendor, session: MockSession<Details>, holdsSlot: Bool, at now: MonotonicInstant
  ) {
    self.vendor = vendor.rawValue
    contract = session.contract
    id = session.id
    state =
      switch (session.state, session.peer.progress) {
      case (.ended(let cause, _), _): .ended(cause)
      case (.open, .offered): .new
      case (.open, .answered): .connecting
      case (.open, .up): .connected
      case (.open, .gone): .disconnected
      }
    self.holdsSlot = holdsSlot
    candidates = session.peer.candidateCount
    hasEndOfCandidates = session.peer.hasEndOfCandidates
    expiresIn = session.deadline.map { now.duration(to: $0.at) }
    options = session.options
    talks = session.talks.talks.map {
      Talk(id: $0.id, phase: $0.phase(at: now).rawValue, duration: $0.duration)
    }
    media = session.peer.media
  }

  /// The word for the state: `new`, `connecting`, `connected`, `disconnected` or `ended`.
  var stateName: String {
    switch state {
    case .new: "new"
    case .connecting: "connecting"
    case .connected: "connected"
    case .disconnected: "disconnected"
    case .ended: "ended"
    }
  }

  /// Names those that nobody closed.
  static func complaint(aboutOpen sessions: [SessionStatus]) -> String {
    let names = sessions.map { "\($0.vendor) \($0.id) (\($0.stateName))" }.joined(separator: ", ")
    return "\(sessions.count) session(s) left open: \(names)"
  }

  var json: JSONValue {
    var object: JSONObject = [
      "vendor": .string(vendor), "contract": .string(contract), "id": .string(id), "state": .string(stateName),
    ]
    if case .ended(let cause) = state { object["endCause"] = .string(cause.rawValue) }
    object["holdsSlot"] = .bool(holdsSlot)
    object["candidates"] = .integer(Int64(candidates))
    object["endOfCandidates"] = .bool(hasEndOfCandidates)
    if let expiresIn { object["expiresInMs"] = .integer(expiresIn.milliseconds) }
    object["options"] = options
    object["talks"] = .array(
      talks.map {
        ["id": .string($0.id), "phase": .string($0.phase), "durationMs": .integer($0.duration.milliseconds)]
      })
    if let media { object["media"] = media.json }
    return .object(object)
  }
}
