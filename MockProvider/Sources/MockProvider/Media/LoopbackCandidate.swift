// The one address that an offer without media names.

/// A host candidate that leads nowhere: nothing is ever sent outside the machine.
enum LoopbackCandidate {
  static let address = "127.0.0.1"
  /// Chromium ignores candidates on most ports below 1024 (the discard port 9 among them: its ICE state stays `new`), so
  /// this is one above the range from which Linux hands out ports (32768-60999).
  static let port = 65_009

  /// A `candidate-attribute` (RFC 8839 section 5.1) of a component: 1 for RTP, 2 for RTCP.
  static func attribute(component: Int) -> String {
    // Priority of a host candidate by RFC 8445 section 5.1.2.1: type preference 126, local preference 65535.
    "candidate:1 \(component) udp \(126 << 24 + 65_535 << 8 + 256 - component) \(address) \(port) typ host"
  }
}
