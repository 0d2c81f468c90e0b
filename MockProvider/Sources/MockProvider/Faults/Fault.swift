// A forced answer to the next calls of a kind.
import StrictJSON

/// What the mock does to the next calls that match, instead of or in addition to answering them.
public struct Fault: Sendable, Hashable {
  /// What is answered.
  public enum Effect: Sendable, Hashable {
    /// An error of the vendor's table, by its name, as `maxUserSessions`.
    case error(String)
    /// Any status with any JSON body; nil for no body.
    case answer(status: Int, body: JSONValue?, headers: [String: String] = [:])
    /// The connection is closed without an answer.
    case drop
    /// The call's own answer.
    case none
  }

  /// The longest delay.
  public static let longestDelay = Duration.seconds(600)
  /// Most times that a fault may be used.
  public static let mostTimes = 1_000_000

  public var calls: CallPattern
  public var effect: Effect
  /// Only calls about this session.
  public var session: String?
  /// How many calls it takes; it is gone afterwards.
  public var times = 1
  /// How many matching calls go by first.
  public var skip = 0
  /// How long the answer waits, on the mock's clock.
  public var delay = Duration.zero
  /// Whether the call is carried out although its answer is replaced: what a lost reply looks like.
  public var takesEffect = false

  public init(_ calls: CallPattern, _ effect: Effect, times: Int = 1) {
    self.calls = calls
    self.effect = effect
    self.times = times
  }
}
