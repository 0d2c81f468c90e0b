// Turns tokens into permits.
import AccessTokens
import Relay
import Signaling
import Timekeeping

/// Checks tokens by the wall clock and states their end on the relay's own clock.
struct TokenGate: AccessGate {
  private let verifier: TokenVerifier
  private let secondsSinceEpoch: @Sendable () -> Double

  init(keys: AccessKeys, leewaySeconds: Int, secondsSinceEpoch: @escaping @Sendable () -> Double) {
    verifier = TokenVerifier(keys: keys, leewaySeconds: leewaySeconds)
    self.secondsSinceEpoch = secondsSinceEpoch
  }

  func permit(
    for token: JoinToken, from origin: String?, at now: MonotonicInstant
  ) throws(SignalingError) -> Permit {
    do throws(AccessTokenFailure) {
      let time = secondsSinceEpoch()
      let claims = try verifier.claims(of: token.value, at: time)
      guard claims.allows(origin: origin) else { throw .originRefused }
      return Permit(
        subject: claims.subject, expiry: now.advanced(by: .seconds(verifier.end(of: claims) - time)),
        providers: claims.providers.map(Set.init), avatars: claims.avatars, maximumSessions: claims.sessions,
        budget: claims.budgetSeconds.map { .seconds($0) })
    } catch { throw SignalingError(.accessDenied, error.rawValue) }
  }

  /// Whether a token is good now, whatever page shows it: the name of the reason if not.
  func failure(of token: String) -> AccessTokenFailure? {
    do throws(AccessTokenFailure) {
      _ = try verifier.claims(of: token, at: secondsSinceEpoch())
      return nil
    } catch { return error }
  }
}
