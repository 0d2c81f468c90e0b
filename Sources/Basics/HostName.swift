// Tells loopback hosts from others, and puts IPv6 addresses into brackets and takes them out.

/// Judges and writes the host of a URL by its text; nothing is resolved.
public enum HostName {
  /// True for `localhost`, `127.0.0.0/8` and `::1`, with or without brackets. Other spellings of these addresses, with
  /// fewer, hexadecimal or octal numbers, are ways around such checks and are not taken.
  public static func isLoopback(_ host: some StringProtocol) -> Bool {
    let bare = withoutBrackets(host)
    if bare.lowercased() == "localhost" || bare == "::1" { return true }
    let octets = bare.split(separator: ".", omittingEmptySubsequences: false)
    return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { octet in
      octet.utf8.allSatisfy(\.isDecimalDigit) && UInt8(octet) != nil && (octet == "0" || octet.first != "0")
    }
  }

  /// The same for `host`, `host:port`, `[v6]` and `[v6]:port` (RFC 3986 section 3.2, without a user).
  public static func isLoopback(authority: some StringProtocol) -> Bool {
    let host: Substring
    let authority = Substring(authority)
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else { return false }
      host = authority[...end]
    } else {
      host = authority.prefix { $0 != ":" }
    }
    let port = authority[host.endIndex...]
    let isPort = port.isEmpty || port.first == ":" && UInt16(port.dropFirst()) != nil
    return isPort && isLoopback(host)
  }

  /// Whether a web page's origin (RFC 6454 section 6.2) is on a loopback host, over HTTP with or without TLS.
  public static func isLoopback(origin: String) -> Bool {
    let origin = origin.lowercased()
    for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
      return isLoopback(authority: origin.dropFirst(scheme.count))
    }
    return false
  }

  /// A host and a port as they stand in a URL, an IPv6 address in brackets (RFC 3986 section 3.2.2).
  public static func authority(_ host: String, port: Int) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// An IPv6 address without its brackets; any other host as it is.
  public static func withoutBrackets(_ host: some StringProtocol) -> String {
    host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : String(host)
  }
}
