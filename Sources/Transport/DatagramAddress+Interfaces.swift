// The addresses of this machine.
import CTransport

extension DatagramAddress {
  /// The addresses of all interfaces that are up, with port 0: others before loopback, and IPv4 before IPv6 in each;
  /// IPv6 link-local ones are left out. Empty when the system does not tell.
  public static func ofInterfaces() -> [DatagramAddress] {
    var list: UnsafeMutablePointer<uv_interface_address_t>?
    var count: Int32 = 0
    guard uv_interface_addresses(&list, &count) == 0, let list else { return [] }
    defer { uv_free_interface_addresses(list, count) }
    var found: [DatagramAddress] = []
    for interface in UnsafeBufferPointer(start: list, count: Int(count)) {
      let address = withUnsafeBytes(of: interface.address) { DatagramAddress(SocketAddress(system: $0)) }
      if let address = address?.with(port: 0), !address.isLinkLocal, !found.contains(address) { found.append(address) }
    }
    let rank = { (address: DatagramAddress) in (address.isLoopback ? 2 : 0) + (address.isIPv6 ? 1 : 0) }
    return (0...3).flatMap { wanted in found.filter { rank($0) == wanted } }
  }

  private func with(port: Int) -> DatagramAddress? { DatagramAddress(host: host, port: port) }
}
