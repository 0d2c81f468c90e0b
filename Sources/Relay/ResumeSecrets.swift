// Which secrets open a session.

/// The secrets of one session. Each resume gives out a new one; the one it was done with stays good until the client
/// shows that the new one has arrived, so that a lost answer does not lose the session.
public enum ResumeSecrets: Sendable, Hashable {
  case settled(SecretDigest)
  case rotating(old: SecretDigest, new: SecretDigest)

  /// Whether a secret opens the session.
  func accepts(_ secret: SecretDigest) -> Bool {
    switch self {
    case .settled(let only): return only.matches(secret)
    case .rotating(let old, let new):
      // Both are looked at, whichever matches.
      let (isOld, isNew) = (old.matches(secret), new.matches(secret))
      return isOld || isNew
    }
  }

  /// The session was resumed with one secret, and another was given out.
  mutating func rotate(from shown: SecretDigest, to new: SecretDigest) { self = .rotating(old: shown, new: new) }

  /// The client has the latest secret.
  mutating func settle() {
    if case .rotating(_, let new) = self { self = .settled(new) }
  }
}
