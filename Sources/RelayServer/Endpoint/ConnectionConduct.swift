// Decides when a connection sends too many messages, or too many wrong ones, and how much less a stranger may send.
import Basics
import Relay
import Transport

/// Counts the messages and small frames of one connection before anything is done about them. Where tokens are asked for, it
/// is a stranger's until a good one came.
struct ConnectionConduct: Sendable {
  /// Whether a message is read.
  enum Verdict: Sendable, Hashable {
    case read
    /// Not now; how long until it would be read.
    case refuse(wait: Duration)
    /// It has been refused too often.
    case close
  }

  /// The largest message of a stranger in bytes: a token fits, and so does a description.
  static let strangersMessageBytes = 16 * 1024
  /// How many messages a stranger may send each second, and how many at once.
  static let strangersMessagesPerSecond = 5.0
  static let strangersMessageBurst = 10.0
  /// How many refused messages of a stranger are tolerated at once.
  static let strangersRefusals = 20.0

  /// How many refused messages are tolerated at once, and how many more with each second.
  static let toleratedRefusals = 200.0
  static let refusalsForgivenPerSecond = 1.0
  /// How many malformed messages are tolerated at once, and how many more with each second: one a minute.
  static let toleratedErrors = 100.0
  static let errorsForgivenPerSecond = 1.0 / 60

  let network: PeerNetwork
  private let limits: ConnectionLimits
  private(set) var isStranger: Bool
  private var messages: TokenBucket?
  private var patience: TokenBucket
  private var errors: TokenBucket

  init(_ network: PeerNetwork, _ limits: ConnectionLimits, isStranger: Bool, at now: MonotonicInstant) {
    self.network = network
    self.limits = limits
    self.isStranger = isStranger
    if isStranger {
      messages = TokenBucket(
        capacity: min(Double(limits.messageBurst), Self.strangersMessageBurst),
        perSecond: min(limits.messagesPerSecond.map(Double.init) ?? .infinity, Self.strangersMessagesPerSecond), at: now)
    } else {
      messages = limits.messages(at: now)
    }
    patience = TokenBucket(
      capacity: isStranger ? Self.strangersRefusals : Self.toleratedRefusals,
      perSecond: Self.refusalsForgivenPerSecond, at: now)
    errors = TokenBucket(capacity: Self.toleratedErrors, perSecond: Self.errorsForgivenPerSecond, at: now)
  }

  /// A good token came. Malformed messages that came before it still count.
  mutating func welcome(at now: MonotonicInstant) {
    guard isStranger else { return }
    let errors = errors
    self = ConnectionConduct(network, limits, isStranger: false, at: now)
    self.errors = errors
  }

  /// A message came, or a frame that costs as much.
  mutating func message(at now: MonotonicInstant) -> Verdict {
    let wait = messages?.take(at: now) ?? .zero
    guard wait > .zero else { return .read }
    return patience.take(at: now) == .zero ? .refuse(wait: wait) : .close
  }

  /// A message was malformed.
  /// - Returns: whether that was the last one that is tolerated.
  mutating func error(at now: MonotonicInstant) -> Bool {
    _ = errors.take(at: now)
    return errors.wait(for: 1, at: now) > .zero
  }
}
