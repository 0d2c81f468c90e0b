// Decides which ledger a relay keeps.
import LedgerRedis

/// Where a relay writes its sessions down.
public enum LedgerChoice: Sendable, Hashable, CustomStringConvertible {
  /// None: the sessions of a relay that is killed stay open until their providers end them.
  case none
  /// An SQLite file of this relay's own.
  case file(path: String)
  /// A Redis server that several relays share.
  case redis(RedisAddress)

  /// A file's path, or the URL of a server.
  init(_ text: String) throws(ConfigurationError) {
    guard text.contains("://") else {
      self = .file(path: text)
      return
    }
    do throws(RedisAddress.Refusal) { self = .redis(try RedisAddress(url: text)) } catch {
      throw ConfigurationError(.invalidValue, "ledger.store is no URL of a Redis server: \(error)")
    }
  }

  /// Whether other relays use it too.
  var isShared: Bool { if case .redis = self { true } else { false } }

  public var description: String {
    switch self {
    case .none: "none: sessions of a relay that is killed stay open at their providers"
    case .file(let path): path
    case .redis(let address): "\(address), shared with other relays"
    }
  }
}
