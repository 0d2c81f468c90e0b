// What an operator should change about a Redis server that keeps a ledger.

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
