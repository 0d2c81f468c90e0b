// Reads the origins of pages as people write them, and says how browsers write them.

/// The origin of a page in the form in which browsers send it (HTML standard, "ASCII serialization of an origin"): in lower
/// case, without the scheme's own port, and with addresses and international names in their one form.
public struct WebOrigin: Sendable, Hashable {
  /// Whose pages have an origin.
  public enum Kind: Sendable, Hashable {
    /// Those of one site: `http` and `https`.
    case site
    /// Those of an app or an extension, under a scheme of its own: `capacitor://localhost`.
    case app
    /// Those of files, sandboxed frames and `data:` URLs, whoever made them: `null`, or `file://` of some web views.
    case anyone
  }

  /// Why a text is no origin: what follows the text in a sentence.
  public struct Refusal: Error, Sendable, Hashable {
    /// As in "has a path; write https://a.example".
    public let reason: String
  }

  /// The origin as browsers send it.
  public let text: String
  /// Whose it is.
  public let kind: Kind
  /// The host, an IPv6 address in brackets; empty for ``Kind/anyone``.
  public let host: String

  /// - Parameters:
  ///   - written: an origin, whatever way somebody writes it.
  ///   - asciiForm: gives the form of an international host name that the DNS has (`münchen.example`:
  ///     `xn--mnchen-3ya.example`), or nil for what is no name. Where it is missing, such names are refused.
  /// - Throws: ``Refusal`` for what no browser sends.
  public init(_ written: String, asciiForm: ((String) -> String?)? = nil) throws(Refusal) {
    let written = written.trimmingWhitespace().lowercased()
    if ["null", "file://"].contains(written) {
      (text, kind, host) = (written, .anyone, "")
      return
    }
    let parts = try OriginParts(written)
    guard parts.isOfSite else {
      guard !parts.host.isEmpty, parts.authority.utf8.allSatisfy(\.isVisibleASCII) else {
        throw Refusal(reason: "has no host that an app's pages have")
      }
      (text, kind, host) = ("\(parts.scheme)://\(parts.authority)", .app, parts.host)
      return
    }
    host = try Self.host(parts.host, asciiForm)
    let port = try Self.port(parts, host)
    text = "\(parts.scheme)://\(host)\(port.map { ":\($0)" } ?? "")"
    kind = .site
  }

  /// The port; nil for the scheme's own.
  private static func port(_ parts: OriginParts, _ host: String) throws(Refusal) -> Int? {
    guard let digits = parts.port else { return nil }
    guard !digits.isEmpty, digits.utf8.count <= 5, digits.utf8.allSatisfy(\.isDecimalDigit), let port = Int(digits),
      (1...65_535).contains(port)
    else { throw Refusal(reason: "has no port that a page can have; write \(parts.scheme)://\(host), or a port of 1 to 65535") }
    return port == (parts.scheme == "https" ? 443 : 80) ? nil : port
  }

  private static func host(_ host: String, _ asciiForm: ((String) -> String?)?) throws(Refusal) -> String {
    guard !host.isEmpty else { throw Refusal(reason: "has no host") }
    if host.first == "[" {
      guard let address = IPv6Text.canonical(String(host.dropFirst().dropLast())) else {
        throw Refusal(reason: "has no IPv6 address in its brackets")
      }
      return "[\(address)]"
    }
    var name = host
    if !host.utf8.allSatisfy({ $0 < 0x80 }) {
      guard let asciiForm else { throw Refusal(reason: "has an international name; write it as browsers do, with xn--") }
      name = asciiForm(host)?.lowercased() ?? ""
    }
    guard !name.isEmpty, name.utf8.allSatisfy({ $0.isASCIILetter || $0.isDecimalDigit || "-_.".utf8.contains($0) }) else {
      throw Refusal(reason: "has a host with characters that no host has")
    }
    let labels = (name.hasSuffix(".") ? name.dropLast() : name[...]).split(separator: ".", omittingEmptySubsequences: false)
    guard labels.allSatisfy({ !$0.isEmpty }) else { throw Refusal(reason: "has a host with an empty part") }
    // A browser takes a host whose last part is a number for an address, and writes it with four.
    let last = labels[labels.count - 1]
    guard last.utf8.allSatisfy(\.isDecimalDigit) || last.hasPrefix("0x") else { return name }
    guard labels.count == 4, !name.hasSuffix("."), labels.allSatisfy({ UInt8($0).map(String.init) == String($0) }) else {
      throw Refusal(reason: "has an address that browsers write in another way; write four decimal numbers")
    }
    return name
  }
}

/// The parts of an origin's text, in lower case.
private struct OriginParts {
  let scheme: String
  /// Host and port as they are written.
  let authority: String
  let host: String
  /// What follows the colon; nil without one.
  let port: String?

  var isOfSite: Bool { scheme == "http" || scheme == "https" }

  init(_ text: String) throws(WebOrigin.Refusal) {
    let halves = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let isScheme = halves[0].utf8.allSatisfy { $0.isASCIILetter || $0.isDecimalDigit || "+-.".utf8.contains($0) }
    guard halves.count == 2, isScheme, halves[0].utf8.first?.isASCIILetter == true else {
      let isOfAnyone = ["data:", "blob:", "about:", "file:"].contains(where: text.hasPrefix)
      throw WebOrigin.Refusal(
        reason: isOfAnyone
          ? "is no origin: such pages send null" : "has no scheme; an origin is https://host, or https://host:port")
    }
    scheme = halves[0]
    let rest = halves[1]
    authority = String(rest.prefix { !"/?#\\".contains($0) })
    if ["ws", "wss"].contains(scheme) {
      throw WebOrigin.Refusal(
        reason: "is where a connection goes, not where a page is from; write http\(scheme.dropFirst(2))://\(authority)")
    }
    guard !["file", "data", "blob", "about", "javascript", "ftp"].contains(scheme) else {
      throw WebOrigin.Refusal(reason: "is the origin of no page: such pages send null, or file://")
    }
    guard !authority.contains(where: { "@* ,".contains($0) }) else {
      throw WebOrigin.Refusal(reason: "has a user, a wildcard or a list; each origin is named for itself, as https://host")
    }
    guard authority.count == rest.count else {
      throw WebOrigin.Refusal(reason: "has a path; write \(scheme)://\(authority)")
    }
    var host = authority.prefix { $0 != ":" }
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else {
        throw WebOrigin.Refusal(reason: "has a bracket that nothing closes")
      }
      host = authority[...end]
    }
    self.host = String(host)
    let tail = authority[host.endIndex...]
    guard tail.isEmpty || tail.first == ":" else { throw WebOrigin.Refusal(reason: "has text after its address") }
    port = tail.isEmpty ? nil : String(tail.dropFirst())
  }
}

/// IPv6 addresses as URLs have them (URL standard, "IPv6 serializer").
private enum IPv6Text {
  /// The one form of an address; nil for what is none. A zone is none.
  static func canonical(_ text: String) -> String? {
    let halves = text.split(separator: "::", omittingEmptySubsequences: false)
    guard halves.count <= 2, let head = pieces(halves[0]), let tail = halves.count == 2 ? pieces(halves[1]) : [] else {
      return nil
    }
    let missing = 8 - head.count - tail.count
    guard halves.count == 2 ? missing >= 1 : missing == 0 else { return nil }
    return serialized(head + Array(repeating: 0, count: missing) + tail)
  }

  private static func pieces(_ text: Substring) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    var pieces: [UInt16] = []
    let words = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, word) in words.enumerated() {
      if word.contains("."), index == words.count - 1 {
        let octets = word.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard octets.count == 4, !octets.contains(nil) else { return nil }
        let bytes = octets.map { UInt16($0 ?? 0) }
        pieces += [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
      } else {
        guard (1...4).contains(word.utf8.count), word.utf8.allSatisfy({ $0.hexadecimalValue != nil }),
          let piece = UInt16(word, radix: 16)
        else { return nil }
        pieces.append(piece)
      }
    }
    return pieces
  }

  /// The longest run of two zeros or more, the first of several, becomes `::`.
  private static func serialized(_ pieces: [UInt16]) -> String {
    var longest = 0..<0
    var start = 0
    while start < pieces.count {
      let end = pieces[start...].firstIndex { $0 != 0 } ?? pieces.count
      if end - start > max(1, longest.count) { longest = start..<end }
      start = max(end, start + 1)
    }
    func joined(_ some: ArraySlice<UInt16>) -> String { some.map { String($0, radix: 16) }.joined(separator: ":") }
    guard !longest.isEmpty else { return joined(pieces[...]) }
    return joined(pieces[..<longest.lowerBound]) + "::" + joined(pieces[longest.upperBound...])
  }
}
