// Which host names mean this machine alone.

/// Tells loopback hosts from others by their text; nothing is resolved.
enum LoopbackHost {
  /// True for `localhost`, `127.0.0.0/8` and `::1`, with or without brackets.
  static func matches(_ host: String) -> Bool {
    let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    if bare.lowercased() == "localhost" || bare == "::1" { return true }
    let parts = bare.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// The same for `host`, `host:port`, `[v6]` and `[v6]:port`.
  static func matches(authority: Substring) -> Bool {
    let host: Substring
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else { return false }
      host = authority[...end]
    } else {
      host = authority.prefix { $0 != ":" }
    }
    let port = authority[host.endIndex...]
    let isPort = port.isEmpty || port.first == ":" && UInt16(port.dropFirst()) != nil
    return isPort && matches(String(host))
  }
}
