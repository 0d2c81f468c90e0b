// Puts the server's errors, and what its settings leave to be wished for, into words for an operator.
import Ledger

extension LedgerFailure {
  /// - Parameter words: an error reply. Only its code is passed on: the rest may repeat what was sent.
  init(redis words: String) {
    let code: Code =
      switch Self.code(of: words) {
      case "OOM": .full
      case "READONLY", "MISCONF", "NOPERM": .readOnly
      default: .unavailable
      }
    self.init(code, "the ledger's server refused: \(Self.words(ofRedis: words))")
  }

  /// One sentence about an error reply, without what it may repeat.
  static func words(ofRedis words: String) -> String {
    switch code(of: words) {
    case "OOM": "it has no memory left (OOM); give it more"
    case "READONLY": "it is a replica (READONLY); name the primary"
    case "MISCONF": "it cannot write its own files (MISCONF); look at its disk"
    case "NOPERM": "the user may not do that (NOPERM)"
    case "NOAUTH": "it asks for a password (NOAUTH)"
    case "WRONGPASS": "the password or the user is wrong (WRONGPASS)"
    case "LOADING": "it is still reading its files (LOADING)"
    case let other: "it answered \(other)"
    }
  }

  private static func code(of words: String) -> String {
    String(words.prefix { $0.isASCII && ($0.isUppercase || $0.isNumber) }.prefix(32))
  }
}

/// Reads the server's `INFO` (redis.io/docs/latest/commands/info).
enum ServerAdvice {
  static func of(info: String) -> [String] {
    var fields: [Substring: Substring] = [:]
    for line in info.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { fields[parts[0]] = parts[1] }
    }
    var advice: [String] = []
    if fields["aof_enabled"] == "0" {
      advice.append("Redis keeps no append-only file (appendonly no): what it restarts without, nobody closes")
    }
    if let policy = fields["maxmemory_policy"], policy != "noeviction" {
      advice.append("Redis may throw sessions away when memory is short (maxmemory-policy \(policy)); set noeviction")
    }
    if let version = fields["redis_version"], let major = version.split(separator: ".").first.flatMap({ Int($0) }),
      major < 7
    {
      advice.append("Redis \(version) is older than 7, with which this was tested")
    }
    return advice
  }
}
