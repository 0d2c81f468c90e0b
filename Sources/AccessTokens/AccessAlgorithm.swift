// The signature algorithms that are accepted.

/// A `alg` of RFC 7518 section 3.1 or RFC 8037 section 3.1.
public enum AccessAlgorithm: String, Sendable, Hashable, CaseIterable {
  /// HMAC with SHA-256 and a secret that both sides know.
  case hs256 = "HS256"
  /// ECDSA with P-256 and SHA-256.
  case es256 = "ES256"
  /// Ed25519.
  case eddsa = "EdDSA"
}
