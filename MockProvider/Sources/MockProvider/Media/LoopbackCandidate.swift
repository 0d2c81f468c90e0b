// The one address that an offer without media names.
import MockPeer

/// A host candidate that leads nowhere: nothing is ever sent outside the machine.
enum LoopbackCandidate {
  static let address = "127.0.0.1"
  /// Chromium ignores candidates on most ports below 1024 (the discard port 9 among them: its ICE state stays `new`),
  /// so this is one above the range from which Linux hands out ports (32768-60999).
  static let port = 65_009
  static let value = PeerCandidate(address: address, port: port, rank: 0)
}
