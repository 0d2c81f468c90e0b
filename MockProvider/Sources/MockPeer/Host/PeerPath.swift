// A way between a host and a browser.
import Transport

/// A socket of the host and an address of the browser.
struct PeerPath: Hashable, Sendable {
  /// Its place among the host's sockets.
  let socket: Int
  let remote: DatagramAddress
}
