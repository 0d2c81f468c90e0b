// Who may use the control surface: programs and pages of this machine.
import Transport

/// Lets requests through that come from a loopback address, and, from a page, of a loopback origin to a loopback host:
/// a page from elsewhere could otherwise read the journal through its visitor's browser.
enum AdminGate {
  static func admits(_ request: HTTPRequest) -> Bool {
    guard isLoopbackAddress(request.remoteAddress) else { return false }
    if let origin = request.headers["Origin"], !isLoopbackOrigin(origin) { return false }
    guard let host = request.headers["Host"] else { return true }
    return isLoopbackHost(host)
  }

  private static func isLoopbackAddress(_ address: String) -> Bool {
    address == "unix" || address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
  }

  private static func isLoopbackOrigin(_ origin: String) -> Bool {
    for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
      return isLoopbackHost(String(origin.dropFirst(scheme.count)))
    }
    return false
  }

  /// A host with or without a port.
  private static func isLoopbackHost(_ host: String) -> Bool {
    if host.hasPrefix("[") { return host == "[::1]" || host.hasPrefix("[::1]:") }
    let name = host.prefix { $0 != ":" }
    let octets = name.split(separator: ".", omittingEmptySubsequences: false)
    let isAddress = octets.count == 4 && octets.first == "127" && octets.allSatisfy { UInt8($0) != nil }
    return name.lowercased() == "localhost" || isAddress
  }
}
