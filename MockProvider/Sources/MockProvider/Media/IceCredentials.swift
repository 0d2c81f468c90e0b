// The per-session secrets of an offer.

/// ICE credentials and the DTLS fingerprint, new for every session.
struct IceCredentials {
  let usernameFragment: String
  let password: String
  let fingerprint: String

  /// Lengths differ by vendor: Janus writes 4 and 22 characters, Pion 16 and 32.
  init(fragmentLength: Int, passwordLength: Int, from source: inout IdentifierSource) {
    usernameFragment = source.text(fragmentLength, of: .alphanumeric)
    password = source.text(passwordLength, of: .alphanumeric)
    fingerprint = source.fingerprint()
  }
}
