// Binds one UDP port on several addresses.
import Transport

/// The sockets of a host, before it has started.
enum HostSockets {
  /// How often another port is tried when the system's choice for one address is taken on another.
  static let attempts = 16
  /// How many addresses are bound; a machine with more names the first ones.
  static let maximumAddresses = 64

  static func bound(_ configuration: PeerHostConfiguration) throws(TransportError) -> [DatagramSocket] {
    for host in configuration.advertised + (configuration.addresses ?? []) {
      guard DatagramAddress(host: host, port: 0) != nil else {
        throw TransportError(.invalidAddress, "a numeric address is needed for media")
      }
    }
    let hosts = configuration.addresses ?? DatagramAddress.ofInterfaces().map(\.host)
    guard !hosts.isEmpty else { throw TransportError(.invalidAddress, "this machine has no address for media") }
    var attempt = 1
    while true {
      do {
        return try bind(hosts.prefix(maximumAddresses), configuration)
      } catch {
        guard error.code == .addressInUse, configuration.port == 0, attempt < attempts else { throw error }
        attempt += 1
      }
    }
  }

  private static func bind(
    _ hosts: ArraySlice<String>, _ configuration: PeerHostConfiguration
  ) throws(TransportError) -> [DatagramSocket] {
    var sockets: [DatagramSocket] = []
    var port = configuration.port
    for host in hosts {
      do {
        let socket = try DatagramSocket(host: host, port: port)
        port = Int(socket.address.port)
        sockets.append(socket)
      } catch {
        // An address that was found may have gone, or not be ready yet; one that was asked for has to be there.
        guard configuration.addresses == nil, error.code == .invalidAddress else { throw error }
      }
    }
    guard !sockets.isEmpty else { throw TransportError(.invalidAddress, "no address of this machine can be bound") }
    return sockets
  }
}
