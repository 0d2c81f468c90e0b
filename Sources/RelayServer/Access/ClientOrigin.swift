// Decides which web pages may connect, and from which network a request comes that a proxy may have passed on.
import Basics
import Transport
import Wire

/// Decides by the `Origin` header (RFC 6455 section 10.2). Without it every page that a developer visits could open
/// sessions on the relay of that developer's machine.
struct OriginPolicy: Sendable {
  private let allowed: Set<String>

  init(allowed: [String]) { self.allowed = Set(allowed.map { $0.lowercased() }) }

  /// Whether the page that a request comes from may connect. Two origins count as none that may: a browser never sends a
  /// list (RFC 6454 section 7.3).
  func allows(_ request: HTTPRequest) -> Bool {
    request.headers.fields.count(where: { $0.name.lowercased() == "origin" }) <= 1 && allows(request.headers["Origin"])
  }

  /// True for no origin (not a browser), for pages from loopback hosts and for the configured origins.
  func allows(_ origin: String?) -> Bool {
    guard let origin = origin?.lowercased() else { return true }
    return allowed.contains(origin) || HostName.isLoopback(origin: origin)
  }
}

/// Says from which network a request comes. A header is believed only when the connection comes from a proxy that is
/// trusted: everybody else could write anything into it.
public struct ClientAddress: Sendable, Hashable {
  /// The header in which proxies name their client; nil where there are none.
  public var header: String?
  /// Proxies beside those on this machine.
  public var proxies: Set<PeerNetwork>

  /// The network of whoever sent a request. In a list each proxy has added the address that it saw at the end, so the
  /// last one that is no trusted proxy itself is the client's.
  func network(of request: HTTPRequest) -> PeerNetwork {
    let peer = PeerNetwork(address: request.remoteAddress) ?? Self.unknown
    guard let header, isTrusted(peer) else { return peer }
    var nearest = peer
    for text in request.headers.members(of: header).reversed() {
      // What cannot be read ends the chain: nobody vouches for what stands before it.
      guard let named = Self.network(text) else { return nearest }
      nearest = named
      if !isTrusted(named) { return named }
    }
    return nearest
  }

  private func isTrusted(_ network: PeerNetwork) -> Bool { network.isLocal || proxies.contains(network) }

  /// An address with or without a port, as proxies write them.
  private static func network(_ text: String) -> PeerNetwork? {
    if let network = PeerNetwork(address: text) { return network.description == "unix" ? nil : network }
    if text.first == "[", let end = text.firstIndex(of: "]") {
      return PeerNetwork(address: String(text[..<end].dropFirst()))
    }
    guard let colon = text.lastIndex(of: ":") else { return nil }
    return PeerNetwork(address: String(text[..<colon]))
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
      guard let network = PeerNetwork(address: text), text != "unix" else {
        throw ConfigurationError(.invalidValue, "listen.trusted-proxies has \(text), which is no numeric address")
      }
      proxies.insert(network)
    }
    guard proxies.isEmpty || header != nil else {
      throw ConfigurationError(.conflict, "listen.trusted-proxies needs listen.proxy-header")
    }
  }
}
