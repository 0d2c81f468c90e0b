// What happened since the relay started, in numbers.
import AvatarProvider
import Signaling

/// Counts for an operator; they only grow. No name of a person and no text is among them.
public struct RelayCounters: Sendable, Hashable {
  /// A kind of failure at one provider.
  public struct Failure: Sendable, Hashable {
    public let provider: ProviderID
    public let code: ProviderFailure.Code
  }

  /// Connections that were opened.
  public internal(set) var connections = 0
  /// Sessions that a provider opened.
  public internal(set) var sessionsOpened = 0
  /// Requests for a session that had to wait for a place.
  public internal(set) var opensQueued = 0
  /// Talks that were asked for, within the limits.
  public internal(set) var talks = 0
  /// Their characters.
  public internal(set) var characters = 0
  /// Tokens that were refused.
  public internal(set) var tokensRefused = 0
  /// Requests that were answered with an error of that kind.
  public private(set) var errors: [ErrorKind: Int] = [:]
  /// The same by the limit that they met.
  public private(set) var refusals: [LimitName: Int] = [:]
  /// Sessions that ended for that reason.
  public private(set) var ends: [CloseReason: Int] = [:]
  /// Calls that a provider did not carry out.
  public private(set) var providerFailures: [Failure: Int] = [:]

  /// How long providers took.
  public internal(set) var providerTimes = ProviderTimes()

  mutating func count(_ error: SignalingError) {
    errors[error.kind, default: 0] += 1
    if let limit = error.limit { refusals[limit, default: 0] += 1 }
    if error.kind == .accessDenied { tokensRefused += 1 }
  }

  mutating func count(_ code: ProviderFailure.Code, of provider: ProviderID) {
    providerFailures[Failure(provider: provider, code: code), default: 0] += 1
  }

  mutating func count(_ script: SpeakScript) {
    talks += 1
    characters += script.characterCount
  }

  mutating func count(_ end: CloseReason) { ends[end, default: 0] += 1 }
}

extension SpeakScript {
  /// How many characters it has; the address of a recording has none.
  var characterCount: Int {
    switch self {
    case .text(let text), .ssml(let text): text.unicodeScalars.count
    case .audioURL: 0
    }
  }
}
