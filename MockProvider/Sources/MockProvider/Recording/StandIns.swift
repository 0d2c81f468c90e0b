// Gives what is somebody's own a stand-in, the same for the same value, by which it can be told from others and no more.
import Basics

/// The stand-ins of one recording, numbered in the order in which values were met: the same conversation, recorded again,
/// gives the same files.
struct StandIns {
  /// Most values that are told apart; what comes later has one stand-in for all.
  static let limit = 100_000
  /// The longest value that is remembered; a longer one is the same as every other.
  static let longestValue = 64 * 1024
  static let removed = "(removed)"

  enum Kind: String {
    case secret, token, id, text, name, member, host, address, file, number, mid
  }

  private var known: [String: String] = [:]
  private var counts: [Kind: Int] = [:]
  /// Words of names, in lower case, that are names in a sentence too.
  private var words: [String: String] = [:]

  /// The stand-in of a value, whatever kind it was met as first.
  mutating func standIn(for value: String, _ kind: Kind) -> String {
    if let known = known[value] { return known }
    guard value.utf8.count <= Self.longestValue, let number = next(kind) else { return Self.removed }
    return remember(value, "\(kind.rawValue)-\(number)")
  }

  /// The same for a UUID, whose form readers rely on.
  mutating func standIn(forUUID value: String) -> String {
    if let known = known[value] { return known }
    guard let number = next(.id) else { return Self.removed }
    let digits = String(number, radix: 16)
    return remember(value, "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits)
  }

  /// The same for an address: one of a network that documents have for examples (RFC 5737, RFC 3849). Addresses that are
  /// the same everywhere stay.
  mutating func standIn(forAddress value: String) -> String {
    if value == "0.0.0.0" || value == "::" || HostName.isLoopback(value) { return value }
    if let known = known[value] { return known }
    guard let number = next(.address) else { return "192.0.2.0" }
    if value.contains(":") { return remember(value, "2001:db8::\(String(number, radix: 16))") }
    let networks = ["192.0.2", "198.51.100", "203.0.113"]
    let index = (number - 1) / 254
    return remember(value, index < networks.count ? "\(networks[index]).\((number - 1) % 254 + 1)" : "203.0.113.255")
  }

  mutating func standIn(forHost value: String) -> String {
    let host = value.lowercased()
    if host == "localhost" { return host }
    if NumericAddress.isOne(host) { return standIn(forAddress: host) }
    if let known = known[host] { return known }
    guard let number = next(.host) else { return "host.example" }
    return remember(host, "host-\(number).\(host.hasSuffix(".local") ? "local" : "example")")
  }

  /// Makes the words of a name known, so that they are found where a sentence has them.
  mutating func learn(wordsOf name: String) {
    guard name.utf8.count <= 256 else { return }
    for word in name.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) where word.count >= 3 {
      let word = word.lowercased()
      if words[word] == nil, let number = next(.name) { words[word] = "name-\(number)" }
    }
  }

  /// What stands for a word of a sentence; nil where it is nothing that was met.
  func known(_ word: String) -> String? { known[word] ?? words[word.lowercased()] }

  private mutating func next(_ kind: Kind) -> Int? {
    guard known.count + words.count < Self.limit else { return nil }
    counts[kind, default: 0] += 1
    return counts[kind]
  }

  private mutating func remember(_ value: String, _ standIn: String) -> String {
    known[value] = standIn
    // What stands for something is nobody's own; it may be met again, as in a replay that is recorded.
    known[standIn] = standIn
    return standIn
  }
}
