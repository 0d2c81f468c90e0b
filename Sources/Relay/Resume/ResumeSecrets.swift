// Decides which secrets open a session, of which only digests are kept.
import Cryptography
import Ledger
import Signaling

/// The secrets of one session. Each resume gives out a new one; the one it was done with stays good until the client
/// shows that the new one has arrived, so that a lost answer does not lose the session.
enum ResumeSecrets: Sendable, Hashable {
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
  /// - Parameter shown: what proves it, if that is the one; nil where something else does.
  mutating func settle(by shown: SecretDigest? = nil) {
    guard case .rotating(_, let new) = self, shown.map(new.matches) ?? true else { return }
    self = .settled(new)
  }
}

extension ResumeSecrets {
  /// Newest first.
  var hashes: [SecretHash] {
    switch self {
    case .settled(let only): [SecretHash(bytes: only.bytes)]
    case .rotating(let old, let new): [SecretHash(bytes: new.bytes), SecretHash(bytes: old.bytes)]
    }
  }

  /// Nil where none is kept.
  init?(_ hashes: [SecretHash]) {
    guard let newest = hashes.first.map({ SecretDigest(bytes: $0.bytes) }) else { return nil }
    let older = hashes.dropFirst().first.map { SecretDigest(bytes: $0.bytes) }
    self = older.map { .rotating(old: $0, new: newest) } ?? .settled(newest)
  }
}

/// The SHA-256 of a secret (FIPS 180-4). A secret of 256 random bits cannot be found from it, so it may be written
/// down.
struct SecretDigest: Sendable, CustomStringConvertible, CustomReflectable {
  /// 32 bytes.
  let bytes: [UInt8]

  /// The digest of a secret.
  init(of secret: ResumeSecret) { bytes = SHA256.digest(of: Array(secret.value.utf8)) }

  /// A digest that was written down.
  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Whether both are of the same secret, in a time that does not depend on where they differ.
  func matches(_ other: SecretDigest) -> Bool {
    ConstantTime.areEqual(bytes, other.bytes)
  }

  var description: String { "(digest)" }
  var customMirror: Mirror { Mirror(self, children: []) }
}

extension SecretDigest: Hashable {
  static func == (left: Self, right: Self) -> Bool { left.matches(right) }
  func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
