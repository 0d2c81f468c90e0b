// What a test or the control surface sees of a session.
import StrictJSON

/// A session at one moment.
public struct SessionSnapshot: Sendable, Hashable {
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
