// Names what a session asks of its provider and what it is answered, and tells a provider's failure to a client.
import AvatarProvider
import Basics
import SessionValues
import Signaling

/// One call to the provider of an open session.
enum ProviderCall: Sendable, Hashable {
  case describe(SessionDescription)
  case add(IceCandidate?)
  case speak(Script)
  /// A talk whose text is still being written; what there is of it. The provider is asked piece by piece.
  case begin(Script)
  /// Something of such a talk, under the request of the part that it ends with.
  case part(TalkPiece)
  /// What the provider still has to be told of such a talk that was given up. Nobody asked for it, so its request is the
  /// negative of the talk's.
  case leave(TalkPiece)
  /// The talk as the client named it, nil for whatever is being said, and as the provider knows it, if it does.
  case interrupt(talk: String?, providerID: String?)
  /// Cuts off a talk that was interrupted before the provider had accepted it; made under the request of the talk.
  case cut(talk: String, providerID: String?)
  case extend
}

/// The answer to a ``ProviderCall``.
enum ProviderOutcome: Sendable, Hashable {
  case described(SessionDescription?)
  case added
  case talk(Talk)
  /// A talk that was handed over in parts is complete.
  case talkCompleted
  case interrupted(Interruption)
  case extended

  /// False where the adapter knew the answer by itself, so that the provider still counts the session as silent.
  var reachedProvider: Bool {
    switch self {
    case .interrupted(.sendOnDataChannel): false
    case .described, .added, .talk, .talkCompleted, .interrupted(.done), .extended: true
    }
  }
}

extension ErrorKind {
  /// The kind that stands for a provider's failure.
  init(_ code: ProviderFailure.Code) {
    self =
      switch code {
      case .unauthorized: .providerUnauthorized
      case .permission: .providerPermission
      case .insufficientCredits: .providerCredits
      case .sessionLimit: .providerSessionLimit
      case .rateLimited: .providerRateLimited
      case .avatarNotFound: .providerAvatarNotFound
      case .rejected: .providerRejected
      case .moderation: .providerModeration
      case .notReady: .providerNotReady
      case .sessionGone: .providerSessionGone
      case .notSupported: .notSupported
      case .unavailable: .providerUnavailable
      case .unreachable: .providerUnreachable
      // Whoever gave a call up does not know either what became of it.
      case .fateUnknown, .cancelled: .providerFateUnknown
      case .malformedReply: .providerMalformedReply
      }
  }
}

extension SignalingError {
  /// What a client is told of a provider's failure.
  public init(_ failure: ProviderFailure) {
    self.init(
      ErrorKind(failure.code), failure.message, retryAfterMs: failure.retryAfter?.milliseconds,
      provider: failure.vendor.map { Provider(status: $0.status, code: $0.code, message: $0.message) })
  }

  /// The error of a call that failed: a speak of unknown fate is a talk of unknown fate.
  init(_ failure: ProviderFailure, of call: ProviderCall) {
    self.init(failure)
    switch call {
    case .speak, .part, .leave: if kind == .providerFateUnknown { kind = .talkUnknown }
    case .describe, .add, .begin, .interrupt, .cut, .extend: break
    }
  }
}
