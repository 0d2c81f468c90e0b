// The secrets of a session as the ledger keeps them.
import Ledger

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
