// Checks how every failure of a provider is told.
import AvatarProvider
import ProviderTestSupport
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct FailureMappingTests {
  static let kinds: [ProviderFailure.Code: ErrorKind] = [
    .unauthorized: .providerUnauthorized, .permission: .providerPermission, .insufficientCredits: .providerCredits,
    .sessionLimit: .providerSessionLimit, .rateLimited: .providerRateLimited,
    .avatarNotFound: .providerAvatarNotFound, .rejected: .providerRejected, .moderation: .providerModeration,
    .notReady: .providerNotReady, .sessionGone: .providerSessionGone, .notSupported: .notSupported,
    .unavailable: .providerUnavailable, .unreachable: .providerUnreachable, .fateUnknown: .providerFateUnknown,
    .malformedReply: .providerMalformedReply, .cancelled: .providerFateUnknown,
  ]

  @Test("Every failure has its kind, and both agree on trying again", arguments: ProviderFailure.Code.allCases)
  func mapping(code: ProviderFailure.Code) {
    let failure = ProviderFailure(
      code, "words", retryAfter: .milliseconds(1500), vendor: .init(status: 418, code: "teapot", message: "short"))
    let error = SignalingError(failure)
    #expect(error.kind == Self.kinds[code])
    #expect(error.kind.isRetryable == failure.isRetryable)
    #expect(error.message == "words")
    #expect(error.retryAfterMs == 1500)
    #expect(error.provider == .init(status: 418, code: "teapot", message: "short"))
  }

  @Test("Only a speak of unknown fate is a talk of unknown fate")
  func speak() {
    for code in [ProviderFailure.Code.fateUnknown, .cancelled] {
      let failure = ProviderFailure(code, "words")
      #expect(SignalingError(failure, of: .speak(Script(.text("a")))).kind == .talkUnknown)
      #expect(SignalingError(failure, of: .extend).kind == .providerFateUnknown)
    }
    #expect(SignalingError(.unavailable, of: .speak(Script(.text("a")))).kind == .providerUnavailable)
  }
}
