// Why a token is refused.

/// The named reasons for which a token is refused. The name is all that a client, a log or `/v1/validate` is told: no
/// reason carries a token, a key or a claim.
public enum AccessTokenFailure: String, Error, Sendable, Hashable, CaseIterable {
  /// More bytes than ``TokenVerifier/maximumTokenBytes``.
  case tooLarge
  /// Not three parts of base64url with a JSON object each (RFC 7515 section 7.1), or a header with `crit`.
  case malformed
  /// `alg` is none, or another one than HS256, ES256 and EdDSA.
  case algorithmUnsupported
  /// `alg` is not the one that the key is for.
  case algorithmMismatch
  /// No `kid`, though there are several keys.
  case keyNotNamed
  /// No key has that `kid`.
  case keyUnknown
  /// The signature is not the key's.
  case signatureInvalid
  /// A claim is missing, of another type, or out of its range.
  case claimsInvalid
  /// `exp` has passed.
  case expired
  /// `nbf` or `iat` is still to come.
  case notYetValid
  /// The page's origin is not among the token's.
  case originRefused
}
