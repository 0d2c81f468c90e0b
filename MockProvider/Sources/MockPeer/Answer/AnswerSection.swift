// One section of an SDP answer, as lines.

/// An `m=` line with its attributes, or the session part that precedes the first.
struct AnswerSection {
  let kind: String
  let port: String
  /// Payload types, or `webrtc-datachannel`.
  let formats: [String]
  private(set) var attributes: [(name: Substring, value: Substring)] = []

  /// The session part.
  init() {
    kind = "session"
    port = "9"
    formats = []
  }

  /// - Parameter line: what follows `m=`.
  init?(mediaLine line: Substring) {
    let fields = line.split(separator: " ", omittingEmptySubsequences: true)
    guard fields.count >= 4, UInt16(fields[1].prefix { $0 != "/" }) != nil else { return nil }
    kind = String(fields[0])
    port = String(fields[1])
    formats = fields.dropFirst(3).map(String.init)
  }

  /// RFC 3264 section 6: a refused stream has port zero.
  var isRefused: Bool { port == "0" || port.hasPrefix("0/") }

  mutating func add(attribute line: Substring) {
    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    attributes.append((parts[0], parts.count == 2 ? parts[1] : ""))
  }

  func value(_ name: String) -> String? { attributes.first { $0.name == name }.map { String($0.value) } }
  func values(_ name: String) -> [String] { attributes.filter { $0.name == name }.map { String($0.value) } }
  func has(_ name: String) -> Bool { attributes.contains { $0.name == name } }

  /// What follows a number in attributes like `rtpmap:96 VP8/90000`.
  func parameter(_ name: String, of number: String) -> String? {
    for value in values(name) {
      let parts = value.split(separator: " ", maxSplits: 1)
      if parts.count == 2, parts[0] == number { return String(parts[1]) }
    }
    return nil
  }
}
