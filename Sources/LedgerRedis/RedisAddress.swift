// Where a Redis server is, read from a URL.
import Basics

/// The address of a Redis server: `redis://[user@]host[:port][/database]` or `redis+unix:///path[?db=number]`, without
/// a password, which would be seen by other programs. The names follow the provisional URI schemes of redis-cli and
/// redis-py.
public struct RedisAddress: Sendable, Hashable, CustomStringConvertible {
  /// Where to connect to.
  public enum Endpoint: Sendable, Hashable {
    /// A host by name or address, and its port.
    case tcp(host: String, port: Int)
    /// A socket in the file system.
    case unix(path: String)
  }

  /// Why a text is no such address, in words for the operator; the text is not in them.
  public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public let description: String
    init(_ description: String) { self.description = description }
  }

  /// Where the server is.
  public var endpoint: Endpoint
  /// The user of an access list; nil for the default one.
  public var user: String?
  /// The number of the database (`SELECT`).
  public var database: Int

  /// Names a server.
  public init(_ endpoint: Endpoint, user: String? = nil, database: Int = 0) {
    self.endpoint = endpoint
    self.user = user
    self.database = database
  }

  /// Reads a URL.
  /// - Throws: ``Refusal``.
  public init(url: String) throws(Refusal) {
    if url.hasPrefix("rediss://") {
      throw Refusal("rediss:// (TLS) is not supported; put a TLS proxy such as stunnel beside the relay")
    }
    if let rest = url.dropping("redis+unix://") {
      let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts[0].hasPrefix("/"), parts[0].utf8.count < 108, !parts[0].utf8.contains(0) else {
        throw Refusal("redis+unix:// is followed by the absolute path of a socket of at most 107 bytes")
      }
      let database = try parts.dropFirst().first.map { query throws(Refusal) in
        guard let number = query.dropping("db=") else { throw Refusal("only ?db=number may follow the path") }
        return try Self.database(number)
      }
      self.init(.unix(path: String(parts[0])), database: database ?? 0)
      return
    }
    guard let rest = url.dropping("redis://") else {
      throw Refusal("it does not begin with redis:// or redis+unix://")
    }
    try self.init(authorityAndPath: rest)
  }

  private init(authorityAndPath text: Substring) throws(Refusal) {
    guard !text.contains(where: { $0.isWhitespace || "?#\0".contains($0) }) else {
      throw Refusal("redis:// takes a host, a port and a database only")
    }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    var authority = parts[0]
    var user: String?
    if let at = authority.lastIndex(of: "@") {
      let name = authority[..<at]
      guard !name.contains(":") else {
        throw Refusal("a password in it would be seen by other programs; put it into the file of ledger.password-file")
      }
      user = name.isEmpty ? nil : String(name)
      authority = authority[authority.index(after: at)...]
    }
    let (host, port) = try Self.hostAndPort(authority)
    self.init(
      .tcp(host: host, port: port), user: user,
      database: parts.count == 2 && !parts[1].isEmpty ? try Self.database(parts[1]) : 0)
  }

  private static func hostAndPort(_ authority: Substring) throws(Refusal) -> (String, Int) {
    var (host, port) = (authority, Substring("6379"))
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      host = authority[authority.index(after: authority.startIndex)..<end]
      let rest = authority[authority.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { throw Refusal("after ] comes a port or nothing") }
      if !rest.isEmpty { port = rest.dropFirst() }
    } else if let colon = authority.lastIndex(of: ":") {
      (host, port) = (authority[..<colon], authority[authority.index(after: colon)...])
      guard !host.contains(":") else { throw Refusal("an IPv6 address stands in brackets") }
    }
    guard !host.isEmpty else { throw Refusal("it names no host") }
    guard let number = Int(port), (1...65_535).contains(number) else { throw Refusal("its port is not 1 to 65535") }
    return (String(host), number)
  }

  private static func database(_ text: Substring) throws(Refusal) -> Int {
    guard let number = Int(text), (0...1_000_000).contains(number) else { throw Refusal("its database is no number") }
    return number
  }

  /// True where nothing leaves the machine.
  public var isLocal: Bool {
    switch endpoint {
    case .unix: true
    case .tcp(let host, _): HostName.isLoopback(host)
    }
  }

  public var description: String {
    switch endpoint {
    case .tcp(let host, let port): "redis://\(HostName.authority(host, port: port))/\(database)"
    case .unix(let path): "redis+unix://\(path)?db=\(database)"
    }
  }
}

extension StringProtocol where SubSequence == Substring {
  /// What follows a beginning; nil where it begins otherwise.
  fileprivate func dropping(_ beginning: String) -> Substring? {
    hasPrefix(beginning) ? self[index(startIndex, offsetBy: beginning.count)...] : nil
  }
}
