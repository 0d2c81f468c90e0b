// Decides which web pages may connect, and from which network a request comes that a proxy may have passed on.
import Basics
import Transport
import Wire

/// Decides by the `Origin` header (RFC 6455 section 10.2). Without it every page that a developer visits could open
/// sessions on the relay of that developer's machine.
struct OriginPolicy: Sendable {
  private let allowed: Set<String>
  /// Whether pages of the relay's own host may connect, as what asks by its address is taken for (React Native sends the
  /// address of the socket as its origin). Only where tokens are asked for: otherwise a page from elsewhere could give its
  /// own name this machine's address (DNS rebinding) and be one of them.
  private let allowsOwn: Bool
  /// Whether the listener speaks TLS; where it does not, a proxy may.
  private let isSecure: Bool
  /// Whether somebody else's name can lead to the listener: not to a unix socket.
  private let hasAddress: Bool

  init(allowed: [WebOrigin], allowsOwn: Bool = false, isSecure: Bool = false, hasAddress: Bool = true) {
    self.allowed = Set(allowed.map(\.text))
    self.allowsOwn = allowsOwn
    self.isSecure = isSecure
    self.hasAddress = hasAddress
  }

  init(_ configuration: RelayConfiguration) {
    var hasAddress = false
    if case .tcp = configuration.listener.address { hasAddress = true }
    self.init(
      allowed: configuration.allowedOrigins, allowsOwn: configuration.access != nil,
      isSecure: configuration.listener.tls != nil, hasAddress: hasAddress)
  }

  /// Whether the page that a request comes from may connect. Two origins count as none that may: a browser never sends a
  /// list (RFC 6454 section 7.3).
  func allows(_ request: HTTPRequest) -> Bool {
    guard request.headers.fields.count(where: { $0.name.lowercased() == "origin" }) <= 1 else { return false }
    let origin = request.headers["Origin"]
    return allows(origin) || isOwn(origin, host: request.headers["Host"])
  }

  /// Whether what is asked for by HTTP may be. A browser names no origin where a page asks its own host for something to
  /// read: so the host has to be this machine's, or one whose pages may connect, unless a token is asked for. Any other may
  /// be a name that somebody elsewhere has given this machine's address (DNS rebinding).
  func allowsCall(_ request: HTTPRequest) -> Bool {
    guard allows(request) else { return false }
    guard hasAddress, !allowsOwn, request.headers["Origin"] == nil, let host = request.headers["Host"] else { return true }
    return request.namesThisMachine
      || ["https", "http"].contains { scheme in (try? WebOrigin("\(scheme)://\(host)")).map { allowed.contains($0.text) } ?? false }
  }

  /// True for no origin (not a browser), for pages from loopback hosts and for the configured origins.
  func allows(_ origin: String?) -> Bool {
    guard let origin = origin?.lowercased() else { return true }
    return allowed.contains(origin) || HostName.isLoopback(origin: origin)
  }

  /// Whether a page is from the host that it asks.
  private func isOwn(_ origin: String?, host: String?) -> Bool {
    guard allowsOwn, let origin = origin?.lowercased(), let host else { return false }
    guard let scheme = ["https", "http"].first(where: { origin.hasPrefix("\($0)://") }), scheme == "https" || !isSecure,
      let asked = try? WebOrigin("\(scheme)://\(host)")
    else { return false }
    return asked.text == origin
  }
}

/// Says from which network a request comes. A header is believed only when the connection comes from a proxy that is
/// trusted: everybody else could write anything into it.
public struct ClientAddress: Sendable, Hashable {
  /// The header in which proxies name their client; nil where there are none.
  public var header: String?
  /// Proxies beside those on this machine.
  public var proxies: [AddressRange]

  /// The network of whoever sent a request. In a list each proxy has added the address that it saw at the end, so the
  /// last one that is no trusted proxy itself is the client's.
  func network(of request: HTTPRequest) -> PeerNetwork {
    let peer = PeerNetwork(address: request.remoteAddress) ?? Self.unknown
    guard let header, isTrusted(request.remoteAddress) else { return peer }
    var nearest = peer
    for text in Self.clients(request.headers, header) {
      // What cannot be read ends the chain: nobody vouches for what stands before it.
      guard let (address, network) = Self.client(text) else { return nearest }
      nearest = network
      if !isTrusted(address) { return network }
    }
    return nearest
  }

  private func isTrusted(_ address: String) -> Bool {
    PeerNetwork(address: address)?.isLocal ?? false || proxies.contains { $0.contains(address) }
  }

  /// What the proxies wrote, the nearest first.
  private static func clients(_ headers: HTTPHeaders, _ name: String) -> [String] {
    guard name.lowercased() == "forwarded" else { return headers.members(of: name).reversed() }
    return ForwardedHeader.clients(in: headers.values(of: name))
  }

  /// An address with or without a port, as proxies write them.
  private static func client(_ text: String) -> (address: String, network: PeerNetwork)? {
    var address = text[...]
    if text.first == "[", let end = text.firstIndex(of: "]") {
      address = text[..<end].dropFirst()
    } else if PeerNetwork(address: text) == nil, let colon = text.lastIndex(of: ":") {
      address = text[..<colon]
    }
    let network = PeerNetwork(address: String(address))
    return network.flatMap { $0.description == "unix" ? nil : (String(address), $0) }
  }

  /// The system always names an IP peer by a numeric address; this stands in where it did not.
  private static let unknown = PeerNetwork(address: "0.0.0.0")!
}

extension ClientAddress {
  init(_ sources: ConfigurationSources) throws(ConfigurationError) {
    header = try sources.optional(.listenProxyHeader)
    if let header, !header.utf8.isHTTPToken {
      throw ConfigurationError(.invalidValue, "listen.proxy-header is not the name of a header")
    }
    proxies = []
    for text in try sources.strings(.listenTrustedProxies) where !text.isEmpty {
      guard let range = AddressRange(text) else {
        throw ConfigurationError(
          .invalidValue,
          "listen.trusted-proxies has \(text), which is neither a numeric address nor a block as 10.0.0.0/8, without "
            + "bits beyond its prefix")
      }
      proxies.append(range)
    }
    guard proxies.isEmpty || header != nil else {
      throw ConfigurationError(.conflict, "listen.trusted-proxies needs listen.proxy-header")
    }
  }
}
