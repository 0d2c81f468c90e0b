// Decides when a connection sends too many messages, or too many wrong ones.
import Basics
import Relay
import Transport

/// Counts the messages of one connection before they are read.
struct ConnectionConduct: Sendable {
  /// Whether a message is read.
  enum Verdict: Sendable, Hashable {
    case read
    /// Not now; how long until it would be read.
    case refuse(wait: Duration)
    /// It has been refused too often.
    case close
  }

  /// How many refused messages are tolerated at once, and how many more with each second.
  static let toleratedRefusals = 200.0
  static let refusalsForgivenPerSecond = 1.0
  /// How many malformed messages are tolerated in all.
  static let toleratedErrors = 100

  let network: PeerNetwork
  private var messages: TokenBucket?
  private var patience: TokenBucket
  private var errors = 0

  init(_ network: PeerNetwork, _ limits: ConnectionLimits, at now: MonotonicInstant) {
    self.network = network
    messages = limits.messagesPerSecond.map {
      TokenBucket(capacity: Double(limits.messageBurst), perSecond: Double($0), at: now)
    }
    patience = TokenBucket(
      capacity: Self.toleratedRefusals, perSecond: Self.refusalsForgivenPerSecond, at: now)
  }

  /// A message came.
  mutating func message(at now: MonotonicInstant) -> Verdict {
    let wait = messages?.take(at: now) ?? .zero
    guard wait > .zero else { return .read }
    return patience.take(at: now) == .zero ? .refuse(wait: wait) : .close
  }

  /// A message was malformed.
  /// - Returns: whether that was the last one that is tolerated.
  mutating func error() -> Bool {
    errors += 1
    return errors == Self.toleratedErrors
  }
}
