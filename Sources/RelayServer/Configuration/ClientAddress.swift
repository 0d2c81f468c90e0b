// Where a client is, behind proxies that are trusted and no others.
import Basics
import Transport

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
