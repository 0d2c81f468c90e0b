// An SDP answer as a browser would write it for an offer.

/// Makes answers for offers, section by section.
enum Answer {
  static func sdp(for offer: String) -> String {
    let media = offer.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("m=") }
    let mids = offer.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("a=mid:") }.map { $0.dropFirst(6) }
    var lines = ["v=0", "o=- 42 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE " + mids.joined(separator: " ")]
    for (section, mid) in zip(media, mids) {
      lines += [
        String(section), "c=IN IP4 0.0.0.0", "a=mid:\(mid)", "a=ice-ufrag:L6Ce", "a=ice-pwd:abcdefghijklmnopqrstuvwx",
        "a=fingerprint:sha-256 " + Array(repeating: "AB", count: 32).joined(separator: ":"), "a=setup:active",
        "a=recvonly",
      ]
    }
    return lines.map { $0 + "\r\n" }.joined()
  }

  /// A candidate as browsers write them.
  static let candidate = "candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host generation 0 ufrag L6Ce"
}
