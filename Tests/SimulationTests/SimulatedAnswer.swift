// The SDP answers of simulated browsers.

/// An answer with a section for each of the offer's, cut to what its reader needs.
enum SimulatedAnswer {
  static func text(isDID: Bool) -> String { isDID ? did : heyGen }

  private static let did = make(["a", "v", "d"], ["audio", "video", "application"])
  private static let heyGen = make(["0", "1", "2"], ["video", "audio", "application"])

  private static func make(_ mids: [String], _ kinds: [String]) -> String {
    let fingerprint = Array(repeating: "AB", count: 32).joined(separator: ":")
    var lines = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE \(mids.joined(separator: " "))"]
    for (kind, mid) in zip(kinds, mids) {
      lines.append(
        kind == "application"
          ? "m=application 9 UDP/DTLS/SCTP webrtc-datachannel" : "m=\(kind) 9 UDP/TLS/RTP/SAVPF 111")
      lines += ["c=IN IP4 0.0.0.0", "a=mid:\(mid)"]
      if mid == mids[0] {
        lines += [
          "a=ice-ufrag:aBcD", "a=ice-pwd:0123456789abcdefghijklmn", "a=fingerprint:sha-256 \(fingerprint)",
          "a=setup:active",
        ]
      }
    }
    return lines.map { $0 + "\r\n" }.joined()
  }
}
