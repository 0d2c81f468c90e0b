// Names of hosts as addresses, found without holding up the event loop.
import Glibc

/// hiredis would look a name up while everything else waits.
enum HostLookup {
  /// The endpoint with the first address of its host; as it is where there is none, which hiredis then says.
  static func resolved(_ endpoint: RedisAddress.Endpoint) async -> RedisAddress.Endpoint {
    guard case .tcp(let host, let port) = endpoint else { return endpoint }
    return .tcp(host: await address(of: host) ?? host, port: port)
  }

  /// Runs on a thread of the pool, since the system's resolver blocks.
  @concurrent private static func address(of host: String) async -> String? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0, let first = list else { return nil }
    defer { freeaddrinfo(first) }
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    guard
      getnameinfo(
        first.pointee.ai_addr, first.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
    else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
