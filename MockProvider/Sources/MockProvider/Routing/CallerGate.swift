// Decides whose requests are answered: those of programs, and those of pages of this machine or of a named origin.
import Basics
import Transport
import Wire

/// Who may call a mock.
///
/// It loads pictures and sounds from this machine and shows them to whoever called, so a page from elsewhere, or one that
/// has given its own name this machine's address, could use it through its visitor's browser to look at what only this
/// machine can reach.
struct CallerGate: Sendable {
  /// Names that belong to nobody on the Internet (RFC 6761 section 6.3; `.internal` is ICANN's for private use).
  private static let privateSuffixes = [".localhost", ".internal"]

  private let origins: Set<String>
  private let hosts: Set<String>
  private let administrators: [AddressRange]

  init(_ configuration: MockConfiguration) {
    origins = Set(configuration.allowedOrigins.map(\.text))
    hosts = Set(configuration.allowedOrigins.compactMap(\.host))
    administrators = configuration.allowedAdministrators
  }

  /// Why a request of a vendor's API is not answered; nil where it is.
  func refusal(of request: HTTPRequest) -> String? {
    if let origin = request.headers["Origin"], !admits(origin: origin) {
      return "a page of another origin than this machine's; --allow-origin would take it"
    }
    if let host = request.headers["Host"], !knows(authority: host) {
      return "no name of this machine's; --allow-origin with an origin of that name would take it"
    }
    return nil
  }

  /// Whether a request may use the control surface: it comes from this machine or from an address that was allowed, and
  /// where it comes from a page, or by a name, these are this machine's too.
  func admitsAdministrator(_ request: HTTPRequest) -> Bool {
    guard !request.isOfThisMachine else { return true }
    guard administrators.contains(where: { $0.contains(request.remoteAddress) }) else { return false }
    return request.isFromNoPageElsewhere && knows(authority: request.headers["Host"] ?? "")
  }

  private func admits(origin: String) -> Bool {
    HostName.isLoopback(origin: origin) || origins.contains(origin.lowercased())
  }

  /// Whether a host can be no name that somebody on the Internet has given this machine's address: an address, a name
  /// without a dot, as containers have, a private one, or one that was allowed.
  private func knows(authority: String) -> Bool {
    guard let host = AllowedOrigin.host(ofAuthority: authority.lowercased()) else { return false }
    return HostName.isLoopback(host) || NumericAddress.isOne(HostName.withoutBrackets(host)) || hosts.contains(host)
      || !host.contains(".") || Self.privateSuffixes.contains(where: host.hasSuffix)
  }
}

/// An origin whose pages may call a mock.
public struct AllowedOrigin: Sendable, Hashable {
  /// As browsers write it (RFC 6454 section 6.2), in lower case.
  let text: String
  /// Nil for `null`.
  let host: String?

  /// - Parameter text: `https://example.com`, or `null`, which pages of files and sandboxes have; a port that is the
  ///   scheme's own may be there. Nil for anything else.
  public init?(_ text: String) {
    guard let origin = try? WebOrigin(text), origin.kind == .site || origin.text == "null" else { return nil }
    self.text = origin.text
    host = origin.kind == .site ? origin.host : nil
  }

  /// The host of `host`, `host:port`, `[v6]` and `[v6]:port`; nil for what is none of these.
  static func host(ofAuthority authority: String) -> String? {
    var host = authority.prefix { $0 != ":" }
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[...end]
      guard NumericAddress.isOne(HostName.withoutBrackets(host)) else { return nil }
    } else {
      let isName = host.utf8.allSatisfy { $0.isASCIILetter || $0.isDecimalDigit || "-._".utf8.contains($0) }
      guard !host.isEmpty, isName else { return nil }
    }
    let port = authority[host.endIndex...]
    guard port.isEmpty || port.first == ":" && UInt16(port.dropFirst()) != nil else { return nil }
    return String(host)
  }
}
