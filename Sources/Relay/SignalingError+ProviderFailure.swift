// How a provider's failure is told to a client.
import AvatarProvider
import Signaling
import Timekeeping

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
  init(_ failure: ProviderFailure) {
    self.init(
      ErrorKind(failure.code), failure.message, retryAfterMs: failure.retryAfter?.milliseconds,
      provider: failure.vendor.map { Provider(status: $0.status, code: $0.code, message: $0.message) })
  }

  /// The error of a call that failed: a speak of unknown fate is a talk of unknown fate.
  init(_ failure: ProviderFailure, of call: ProviderCall) {
    self.init(failure)
    if case .speak = call, kind == .providerFateUnknown { kind = .talkUnknown }
  }
}
