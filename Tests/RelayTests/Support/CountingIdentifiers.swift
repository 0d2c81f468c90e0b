// Ids that a test can foresee.
import Relay
import Signaling

/// `s1`, `s2` … and `secret1`, `secret2` ….
struct CountingIdentifiers: IdentifierSource {
  private var sessions = 0
  private var secrets = 0

  mutating func makeSessionID() -> SessionID {
    sessions += 1
    return SessionID(rawValue: "s\(sessions)")
  }

  mutating func makeSecret() -> ResumeSecret {
    secrets += 1
    return ResumeSecret(value: "secret\(secrets)")
  }
}
