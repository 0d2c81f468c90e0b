// Makes ids that a test can foresee.
import Relay
import Signaling

/// `s1`, `s2` … and `secret1`, `secret2` …, behind a prefix where several relays make them.
public struct CountingIdentifiers: IdentifierSource {
  private let prefix: String
  private var sessions = 0
  private var secrets = 0

  public init(prefix: String = "") { self.prefix = prefix }

  public mutating func makeSessionID() -> SessionID {
    sessions += 1
    return SessionID(rawValue: "\(prefix)s\(sessions)")
  }

  public mutating func makeSecret() -> ResumeSecret {
    secrets += 1
    return ResumeSecret(value: "\(prefix)secret\(secrets)")
  }
}
