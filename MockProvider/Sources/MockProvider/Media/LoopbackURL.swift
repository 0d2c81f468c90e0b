// An http URL whose host is this machine by its very letters.

/// A URL taken apart strictly and put together anew, so that no other reader of it can see another host.
struct LoopbackURL: Equatable {
  /// The longest URL in bytes.
  static let maximumBytes = 8192

  /// An address instead of a name, always with its port and without a fragment.
  let text: String
  let port: UInt16

  /// - Throws: `.notAURL`, or `.otherHost` for every host that is not literally loopback.
  init(_ url: String) throws(MediaRefusal) {
    guard url.utf8.count <= Self.maximumBytes,
      url.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }),
      let separator = url.firstRange(of: "://")
    else { throw .notAURL }
    let scheme = url[..<separator.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { throw .otherScheme }
    let rest = url[separator.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    let (host, port) = try Self.split(authority)
    guard let address = Self.address(of: host) else { throw .otherHost }
    self.port = port ?? (scheme == "http" ? 80 : 443)
    let target = rest.dropFirst(authority.count).prefix { $0 != "#" }
    text = "\(scheme)://\(address):\(self.port)\(target.hasPrefix("/") ? "" : "/")\(target)"
  }

  /// A user name in front of a host is never taken: it serves to pass for another host.
  private static func split(_ authority: Substring) throws(MediaRefusal) -> (host: Substring, port: UInt16?) {
    var host = authority.prefix { $0 != ":" }
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else { throw .notAURL }
      host = authority[...end]
    }
    let tail = authority.dropFirst(host.count)
    if tail.isEmpty { return (host, nil) }
    let digits = tail.dropFirst()
    guard tail.first == ":", digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { throw .otherHost }
    guard let port = UInt16(digits), port > 0 else { throw .notAURL }
    return (host, port)
  }

  /// The address that a host stands for; `localhost` (RFC 6761 section 6.3) is not looked up. No other spelling of a
  /// loopback address is known here: those of few, of hexadecimal and of octal numbers are ways around such checks.
  private static func address(of host: Substring) -> String? {
    if host == "[::1]" { return "[::1]" }
    if host.lowercased() == "localhost" { return "127.0.0.1" }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { part in
      part.allSatisfy { $0.isASCII && $0.isNumber } && UInt8(part) != nil && (part == "0" || part.first != "0")
    }
    return parts.count == 4 && parts[0] == "127" && isPlain ? String(host) : nil
  }
}
