// Takes addresses, credentials, fingerprints and names out of session descriptions, and leaves what negotiates.
import Basics

extension StandIns {
  /// Attributes that say what is possible and nothing of whom (RFC 8866, RFC 8839, RFC 8829).
  private static let flags: Set = [
    "sendrecv", "sendonly", "recvonly", "inactive", "rtcp-mux", "rtcp-mux-only", "rtcp-rsize", "extmap-allow-mixed",
    "end-of-candidates", "ice-lite", "bundle-only",
  ]
  /// Attributes whose values are words and numbers of the standards.
  private static let plain: Set = ["setup", "rtpmap", "rtcp-fb", "sctp-port", "sctpmap", "max-message-size", "ice-options", "ptime", "maxptime"]
  private static let formats: Set = [
    "apt", "packetization-mode", "profile-level-id", "level-asymmetry-allowed", "minptime", "useinbandfec", "usedtx",
    "stereo", "sprop-stereo", "maxplaybackrate", "maxaveragebitrate", "cbr", "max-fs", "max-fr", "profile-id",
  ]
  private static let extensionRoots = ["urn:ietf:params:rtp-hdrext:", "urn:3gpp:", "http://www.webrtc.org/", "http://www.ietf.org/id/"]

  /// A description, line by line; a line of which it is not known what it says is left out.
  mutating func redacted(sdp: String) -> String {
    var result = ""
    for line in sdp.split(whereSeparator: \.isNewline).prefix(4096) {
      if let kept = redacted(line: String(line)) { result += kept + "\r\n" }
    }
    return result
  }

  private mutating func redacted(line: String) -> String? {
    guard line.utf8.count > 2, line.dropFirst().first == "=" else { return nil }
    let value = String(line.dropFirst(2))
    switch line.first {
    case "v": return "v=0"
    case "o": return origin(value)
    case "s": return "s=-"
    case "t": return "t=0 0"
    case "c": return connection(value).map { "c=\($0)" }
    case "m": return Self.isPlain(value) ? "m=\(value)" : nil
    case "b": return Self.isPlain(value) ? "b=\(value)" : nil
    case "a": return attribute(value).map { "a=\($0)" }
    default: return nil
    }
  }

  private mutating func origin(_ value: String) -> String? {
    let parts = value.split(separator: " ").map(String.init)
    guard parts.count == 6, let connection = connection(parts[3...].joined(separator: " ")) else { return "o=- 1 1 IN IP4 0.0.0.0" }
    return "o=- 1 1 \(connection)"
  }

  private mutating func connection(_ value: String) -> String? {
    let parts = value.split(separator: " ").map(String.init)
    guard parts.count == 3, parts[0] == "IN", ["IP4", "IP6"].contains(parts[1]) else { return nil }
    return "IN \(parts[1]) \(standIn(forHost: parts[2]))"
  }

  private mutating func attribute(_ text: String) -> String? {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0]
    guard parts.count == 2 else { return Self.flags.contains(name) ? name : nil }
    let value = parts[1]
    switch name {
    case "candidate": return redacted(candidate: text)
    case "ice-ufrag": return "ice-ufrag:\(iceText(value, length: 4))"
    case "ice-pwd": return "ice-pwd:\(iceText(value, length: 22))"
    case "fingerprint": return "fingerprint:sha-256 \(fingerprint(value))"
    case "mid": return "mid:\(mid(value))"
    case "group", "ssrc-group": return group(name, value)
    case "msid-semantic": return "msid-semantic: WMS *"
    case "msid": return "msid:" + value.split(separator: " ").map { standIn(for: String($0), .id) }.joined(separator: " ")
    case "ssrc": return source(value)
    case "rtcp": return rtcp(value)
    case "fmtp": return format(value)
    case "extmap": return Self.extensionRoots.contains { value.contains($0) } && Self.isWire(value) ? text : nil
    default: return Self.plain.contains(name) && Self.isPlain(value) ? text : nil
    }
  }

  /// Letters and digits of a length at least (RFC 8839 section 5.4).
  private mutating func iceText(_ value: String, length: Int) -> String {
    let text = standIn(for: value, .secret).filter { $0.isLetter || $0.isNumber }
    return String(repeating: "0", count: max(0, length - text.utf8.count)) + text
  }

  /// A number in the form of a digest.
  private mutating func fingerprint(_ value: String) -> String {
    let number = Int(standIn(for: value, .number).split(separator: "-").last ?? "") ?? 0
    let bytes = Array(repeating: "00", count: 30) + [String(number / 256 % 256, radix: 16), String(number % 256, radix: 16)]
    return bytes.map { $0.count == 1 ? "0\($0)" : $0 }.joined(separator: ":").uppercased()
  }

  /// Browsers and vendors have short ones, which are nobody's name.
  private mutating func mid(_ value: String) -> String {
    ["audio", "video", "data", "a", "v", "d"].contains(value) || value.utf8.count <= 2 && value.utf8.allSatisfy(\.isDecimalDigit)
      ? value : standIn(for: value, .mid)
  }

  private mutating func group(_ name: String, _ value: String) -> String? {
    let parts = value.split(separator: " ").map(String.init)
    guard let semantics = parts.first, ["BUNDLE", "LS", "FID", "FEC-FR", "SIM"].contains(semantics) else { return nil }
    let members = parts.dropFirst().map { name == "group" ? mid($0) : number($0) }
    return "\(name):\(([semantics] + members).joined(separator: " "))"
  }

  /// The number of a source, which is drawn by lot.
  private mutating func number(_ value: String) -> String {
    String(standIn(for: value, .number).split(separator: "-").last ?? "0")
  }

  private mutating func source(_ value: String) -> String? {
    let parts = value.split(separator: " ", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    let pair = parts[1].split(separator: ":", maxSplits: 1).map(String.init)
    guard pair.count == 2, ["cname", "msid", "mslabel", "label"].contains(pair[0]) else { return nil }
    let names = pair[1].split(separator: " ").map { standIn(for: String($0), .id) }
    return "ssrc:\(number(parts[0])) \(pair[0]):\(names.joined(separator: " "))"
  }

  private mutating func rtcp(_ value: String) -> String? {
    let parts = value.split(separator: " ", maxSplits: 1).map(String.init)
    guard let port = UInt16(parts[0]) else { return nil }
    guard parts.count == 2 else { return "rtcp:\(port)" }
    return connection(parts[1]).map { "rtcp:\(port) \($0)" }
  }

  private func format(_ value: String) -> String? {
    let parts = value.split(separator: " ", maxSplits: 1).map(String.init)
    guard parts.count == 2, UInt8(parts[0]) != nil else { return nil }
    let kept = parts[1].split(separator: ";").map { String($0).trimmingWhitespace() }.filter { pair in
      let halves = pair.split(separator: "=", maxSplits: 1)
      return halves.count == 2 && Self.formats.contains(String(halves[0])) && halves[1].utf8.count <= 6
        && halves[1].utf8.allSatisfy { $0.hexadecimalValue != nil }
    }
    return kept.isEmpty ? nil : "fmtp:\(parts[0]) \(kept.joined(separator: ";"))"
  }

  /// A candidate with its addresses replaced and without what implementations add (RFC 8839 section 5.1); nil for what is
  /// none.
  mutating func redacted(candidate: String) -> String? {
    let parts = candidate.split(separator: " ").map(String.init)
    guard parts.count >= 8, parts[0].hasPrefix("candidate:"), let component = UInt8(parts[1]), let priority = UInt32(parts[3]),
      let port = UInt16(parts[5]), parts[6] == "typ", ["udp", "tcp"].contains(parts[2].lowercased()),
      ["host", "srflx", "prflx", "relay"].contains(parts[7])
    else { return nil }
    let foundation = number(String(parts[0].dropFirst("candidate:".count)))
    var result = "candidate:\(foundation) \(component) \(parts[2]) \(priority) \(standIn(forHost: parts[4])) \(port) typ \(parts[7])"
    for (name, value) in zip(parts.dropFirst(8), parts.dropFirst(9)) {
      switch name {
      case "raddr": result += " raddr \(standIn(forHost: value))"
      case "rport": if let port = UInt16(value) { result += " rport \(port)" }
      case "tcptype": if ["active", "passive", "so"].contains(value) { result += " tcptype \(value)" }
      default: break
      }
    }
    return result
  }

  /// Words of letters and numbers that are short enough to be no token, with the signs of the standards between them.
  private static func isPlain(_ value: String) -> Bool {
    value.utf8.count <= 256
      && value.split(whereSeparator: { " /:;,=-".contains($0) }).allSatisfy { part in
        isWord(String(part)) || vocabularyOfMedia.contains(part.lowercased())
      }
  }

  private static let vocabularyOfMedia: Set = ["h264", "vp8", "vp9", "av1", "h265", "g722", "webrtc", "trickle", "ice2", "16384", "65536"]

  private static func isWire(_ value: String) -> Bool {
    value.utf8.count <= 128 && value.split(whereSeparator: { " /:.-_".contains($0) }).allSatisfy { part in
      isWord(String(part)) || ["hdrext", "ietf", "3gpp", "01", "02", "04"].contains(String(part))
    }
  }
}
