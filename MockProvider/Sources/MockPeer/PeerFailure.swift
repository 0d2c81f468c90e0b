// Why a peer is of no use any more.

/// The end of a peer that nobody asked for.
public enum PeerFailure: Error, Sendable, Hashable {
  /// No valid connectivity check for 30 seconds (RFC 7675 section 5.1).
  case consentExpired
  /// The handshake failed; OpenSSL's reason.
  case handshake(String)
  /// The certificate is not the one that the answer named (RFC 8122 section 5).
  case fingerprintMismatch
  /// The handshake was refused on purpose.
  case refusedOnPurpose
  /// DTLS has agreed on no SRTP profile.
  case noProtectionProfile
}
