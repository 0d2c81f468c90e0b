// Where sessions are written down.

/// Which ledger a relay keeps.
public enum LedgerChoice: Sendable, Hashable, CustomStringConvertible {
  /// None: the sessions of a relay that is killed stay open until their providers end them.
  case none
  /// An SQLite file of this relay's own.
  case file(path: String)

  public var description: String {
    switch self {
    case .none: "none: sessions of a relay that is killed stay open at their providers"
    case .file(let path): path
    }
  }
}
