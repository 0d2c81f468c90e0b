// Checks an SDP before a provider sees it, and counts what a log may say of it; the relay has no other reader of SDP.
import Basics
import SessionValues

/// What the relay has to know of a description (RFC 8866) before it forwards it.
///
/// The text is bounded in size, lines and sections; it starts with `v=`, `o=` and `s=`, has `t=` and at least one `m=`;
/// and every media section that is not rejected has, for itself, from its BUNDLE group (RFC 9143 section 7.1) or from
/// the session level, `ice-ufrag`, `ice-pwd` (RFC 8839 section 5.4), `fingerprint` (RFC 8122 section 5) and `setup`
/// (RFC 8842 section 5.1). Codecs and all else are the business of those who negotiate.
public struct SDPSummary: Sendable, Hashable, CustomStringConvertible {
  /// The longest description that is accepted, in bytes of UTF-8.
  public static let maximumBytes = 128 * 1024
  /// The longest line, in bytes without its end.
  public static let maximumLineBytes = 4096
  /// How many media sections there may be.
  public static let maximumSections = 64
  /// How many codec names are kept.
  public static let maximumCodecs = 64

  /// How many `m=` lines there are.
  public let mediaSections: Int
  /// How many of them have port 0 without being bundle-only.
  public let rejectedSections: Int
  /// How many candidates of each type are in the description.
  public let candidates: [CandidateType: Int]
  /// Whether `a=end-of-candidates` stands anywhere.
  public let endsCandidates: Bool
  /// The encoding names of `a=rtpmap`, each once, in order.
  public let codecs: [String]
  /// Its media sections, as far as offer and answer have to agree on them.
  public let layout: SDPLayout

  /// Reads a description; lines may end with CRLF or LF.
  /// - Parameter kind: An answer must choose its DTLS role, so its `setup` is not `actpass` (RFC 8842 section 5.3).
  public init(of sdp: String, as kind: SessionDescription.Kind) throws(SDPError) {
    guard sdp.utf8.count <= Self.maximumBytes else { throw SDPError(.tooLong, line: 0) }
    var reader = SDPReader(kind)
    var rest = Array(sdp.utf8)[...]
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
      var line = rest[rest.startIndex..<end]
      rest = rest[min(end + 1, rest.endIndex)...]
      if line.last == 0x0D { line = line.dropLast() }
      try reader.read(line)
    }
    try reader.finish()
    mediaSections = reader.sections.count
    rejectedSections = reader.sections.count(where: \.isRejected)
    candidates = reader.candidates
    endsCandidates = reader.endsCandidates
    codecs = reader.codecs
    layout = reader.layout
  }

  /// Counts only: fit for a log.
  public var description: String {
    let types = CandidateType.allCases.compactMap { type in candidates[type].map { "\($0) \(type.rawValue)" } }
    let sections = "\(mediaSections) media sections (\(rejectedSections) rejected)"
    let found = "\(candidates.values.reduce(0, +)) candidates (\(types.joined(separator: ", ")))"
    return "\(sections), \(found), codecs \(codecs.joined(separator: " "))"
  }
}

/// What is wrong with an SDP, and in which line. It never carries a word of it.
public struct SDPError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of mistake.
  public enum Code: Sendable, Hashable {
    /// More than ``SDPSummary/maximumBytes`` in all.
    case tooLong
    /// More than ``SDPSummary/maximumLineBytes`` in one line.
    case lineTooLong
    /// More than ``SDPSummary/maximumSections`` m= lines.
    case tooManySections
    /// Not `<letter>=<value>`, or a byte that no line may have.
    case malformedLine
    /// `v=0`, `o=`, `s=` do not start the description in this order, or a named line is malformed.
    case malformed(String)
    /// The description, or the media section that starts at the line, lacks what is named.
    case missing(String)
    /// An `a=candidate` that is not one.
    case candidate(CandidateError)
    /// An answer with more or fewer media sections than its offer.
    case sectionCount(Int, offered: Int)
    /// A media section of an answer whose `a=mid` is not that of the offer's section in the same place.
    case otherMid
    /// A media section of an answer that is not in its BUNDLE group, although the offer's has no candidates of its own.
    case notBundled
  }

  /// The mistake.
  public let code: Code
  /// The line, counted from 1.
  public let line: Int

  /// Makes an error about a line, counted from 1; 0 where it is about the whole.
  public init(_ code: Code, line: Int) {
    self.code = code
    self.line = line
  }

  public var description: String {
    switch code {
    case .tooLong: "longer than \(SDPSummary.maximumBytes) bytes"
    case .lineTooLong: "line \(line): longer than \(SDPSummary.maximumLineBytes) bytes"
    case .tooManySections: "line \(line): more than \(SDPSummary.maximumSections) media sections"
    case .malformedLine: "line \(line): not an SDP line"
    case .malformed(let what): "line \(line): malformed \(what)"
    case .missing(let what): "line \(line): \(what) missing"
    case .candidate(let error): "line \(line): candidate \(error)"
    case .sectionCount(let count, let offered): "line \(line): \(count) media sections, but the offer has \(offered)"
    case .otherMid: "line \(line): a=mid is not that of the offer's section"
    case .notBundled: "line \(line): the section is not in a=group:BUNDLE, without which the provider cannot be reached"
    }
  }
}

/// The state of reading one description; what it found is in its properties after ``finish()``.
struct SDPReader {
  /// What a transport needs, from whichever level it comes.
  struct Transport: OptionSet {
    let rawValue: Int
    static let usernameFragment = Transport(rawValue: 1)
    static let password = Transport(rawValue: 2)
    static let fingerprint = Transport(rawValue: 4)
    static let setup = Transport(rawValue: 8)
    /// Each with its name in SDP.
    static let all: [(Transport, name: String)] = [
      (.usernameFragment, "a=ice-ufrag"), (.password, "a=ice-pwd"), (.fingerprint, "a=fingerprint"),
      (.setup, "a=setup"),
    ]
  }

  /// One `m=` line and what belongs to it.
  struct Section {
    let line: Int
    let hasPortZero: Bool
    var isBundleOnly = false
    var hasCandidates = false
    var mid: ArraySlice<UInt8>?
    var transport: Transport = []
    var isRejected: Bool { hasPortZero && !isBundleOnly }
  }

  private(set) var sections: [Section] = []
  private(set) var candidates: [CandidateType: Int] = [:]
  private(set) var endsCandidates = false
  private(set) var codecs: [String] = []

  private let kind: SessionDescription.Kind
  private var line = 0
  private var hasTiming = false
  private var sessionTransport: Transport = []
  private var bundles: [[ArraySlice<UInt8>]] = []

  init(_ kind: SessionDescription.Kind) { self.kind = kind }

  /// Takes the next line, without its end.
  mutating func read(_ text: ArraySlice<UInt8>) throws(SDPError) {
    line += 1
    guard text.count <= SDPSummary.maximumLineBytes else { throw SDPError(.lineTooLong, line: line) }
    guard text.count >= 2, let type = text.first, type.isASCIILetter, text[text.startIndex + 1] == UInt8(ascii: "="),
      text.allSatisfy({ $0 != 0 && $0 != 0x0D })
    else { throw SDPError(.malformedLine, line: line) }
    let value = text.dropFirst(2)
    switch (line, type) {
    case (1, _): try require(type == UInt8(ascii: "v") && value.elementsEqual("0".utf8), "v=0")
    case (2, _): try require(type == UInt8(ascii: "o") && fields(value).count == 6, "o=")
    case (3, _): try require(type == UInt8(ascii: "s") && !value.isEmpty, "s=")
    case (_, UInt8(ascii: "t")):
      try require(sections.isEmpty && fields(value).count == 2, "t=")
      hasTiming = true
    case (_, UInt8(ascii: "m")): try media(value)
    case (_, UInt8(ascii: "a")): try attribute(value)
    default: break
    }
  }

  /// Checks what only the whole description shows.
  func finish() throws(SDPError) {
    guard line >= 3 else { throw SDPError(.missing(["v=0", "o=", "s="][line]), line: line + 1) }
    guard hasTiming else { throw SDPError(.missing("t="), line: line) }
    guard !sections.isEmpty else { throw SDPError(.missing("m="), line: line) }
    let bundled = bundledTransports()
    for (section, bundled) in zip(sections, bundled) where !section.isRejected {
      let known = section.transport.union(sessionTransport).union(bundled)
      for (attribute, name) in Transport.all where !known.contains(attribute) {
        throw SDPError(.missing(name), line: section.line)
      }
    }
  }

  /// The sections, as far as offer and answer have to agree on them.
  var layout: SDPLayout {
    let bundled = Set(bundles.joined())
    return SDPLayout(
      sections: sections.map { section in
        SDPLayout.Section(
          line: section.line, mid: section.mid.map { String(decoding: $0, as: UTF8.self) },
          isRejected: section.isRejected, isBundled: section.mid.map(bundled.contains) ?? false,
          hasCandidates: section.hasCandidates)
      })
  }

  /// What each section takes over from the first section of its BUNDLE group.
  private func bundledTransports() -> [Transport] {
    var indexes: [ArraySlice<UInt8>: Int] = [:]
    for (index, section) in sections.enumerated() { if let mid = section.mid { indexes[mid] = index } }
    var transports = [Transport](repeating: [], count: sections.count)
    for bundle in bundles {
      guard let first = bundle.first.flatMap({ indexes[$0] }) else { continue }
      for index in bundle.compactMap({ indexes[$0] }) { transports[index].formUnion(sections[first].transport) }
    }
    return transports
  }

  private func require(_ condition: Bool, _ what: String) throws(SDPError) {
    guard condition else { throw SDPError(.malformed(what), line: line) }
  }

  private func fields(_ value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    value.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
  }
}

// MARK: - Media sections and their attributes

extension SDPReader {
  /// `m=<media> <port>[/<number>] <proto> <fmt> …` (RFC 8866 section 5.14).
  private mutating func media(_ value: ArraySlice<UInt8>) throws(SDPError) {
    guard sections.count < SDPSummary.maximumSections else { throw SDPError(.tooManySections, line: line) }
    try require(hasTiming, "m= before t=")
    let fields = fields(value)
    try require(fields.count >= 4 && !fields[0].isEmpty && fields[0].allSatisfy(\.isToken), "m=")
    let port = UInt64(decimal: fields[1].prefix { $0 != UInt8(ascii: "/") })
    guard let port, port <= 65_535 else { throw SDPError(.malformed("port in m="), line: line) }
    sections.append(Section(line: line, hasPortZero: port == 0))
  }

  private mutating func attribute(_ text: ArraySlice<UInt8>) throws(SDPError) {
    let name = text.prefix { $0 != UInt8(ascii: ":") }
    let value = text.dropFirst(name.count + 1)
    switch String(decoding: name, as: UTF8.self) {
    case "ice-ufrag":
      // RFC 8839 section 5.4: 4 to 256 characters.
      try require((4...256).contains(value.count) && value.allSatisfy(\.isVisibleASCII), "a=ice-ufrag")
      has(.usernameFragment)
    case "ice-pwd":
      // RFC 8839 section 5.4: 22 to 256 characters.
      try require((22...256).contains(value.count) && value.allSatisfy(\.isVisibleASCII), "a=ice-pwd")
      has(.password)
    case "fingerprint":
      try require(isFingerprint(value), "a=fingerprint")
      has(.fingerprint)
    case "setup":
      try setup(value)
    case "mid":
      try require(!sections.isEmpty && !value.isEmpty && value.allSatisfy(\.isToken), "a=mid")
      sections[sections.count - 1].mid = value
    case "bundle-only" where !sections.isEmpty: sections[sections.count - 1].isBundleOnly = true
    case "group" where sections.isEmpty && value.starts(with: "BUNDLE ".utf8):
      bundles.append(Array(fields(value).dropFirst()))
    case "candidate": try candidate(text)
    case "end-of-candidates": endsCandidates = true
    case "rtpmap": codec(value)
    default: break
    }
  }

  private mutating func has(_ transport: Transport) {
    if sections.isEmpty {
      sessionTransport.insert(transport)
    } else {
      sections[sections.count - 1].transport.insert(transport)
    }
  }

  /// `<hash> <hex>:<hex>:…` (RFC 8122 section 5).
  private func isFingerprint(_ value: ArraySlice<UInt8>) -> Bool {
    let fields = fields(value)
    guard fields.count == 2, !fields[0].isEmpty, fields[0].allSatisfy(\.isToken) else { return false }
    return fields[1].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).allSatisfy { pair in
      pair.count == 2
        && pair.allSatisfy { $0.isDecimalDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0 | 0x20) }
    }
  }

  /// RFC 8842 section 5.3: an answer chooses, so it is never `actpass`.
  private mutating func setup(_ value: ArraySlice<UInt8>) throws(SDPError) {
    let roles = kind == .answer ? ["active", "passive", "holdconn"] : ["actpass", "active", "passive", "holdconn"]
    try require(roles.contains { value.elementsEqual($0.utf8) }, "a=setup")
    has(.setup)
  }

  private mutating func candidate(_ attribute: ArraySlice<UInt8>) throws(SDPError) {
    do {
      candidates[try CandidateAttribute(of: attribute).type, default: 0] += 1
      if !sections.isEmpty { sections[sections.count - 1].hasCandidates = true }
    } catch {
      throw SDPError(.candidate(error), line: line)
    }
  }

  /// Keeps the encoding name of `<payload type> <name>/<clock rate>`, where it is short enough for a log.
  private mutating func codec(_ value: ArraySlice<UInt8>) {
    let name = value.drop { $0 != UInt8(ascii: " ") }.dropFirst().prefix { $0 != UInt8(ascii: "/") }
    guard codecs.count < SDPSummary.maximumCodecs, (1...32).contains(name.count), name.allSatisfy(\.isToken) else {
      return
    }
    let text = String(decoding: name, as: UTF8.self)
    if !codecs.contains(text) { codecs.append(text) }
  }
}

extension UInt8 {
  /// RFC 8866 section 9's `token-char`.
  var isToken: Bool {
    switch self {
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x5E...0x7E: true
    default: false
    }
  }

  /// What an IPv4 address, an IPv6 address (with a zone) or a host name is made of.
  var isAddressCharacter: Bool { isASCIILetter || isDecimalDigit || ".:-_%".utf8.contains(self) }
}

extension UInt64 {
  /// One to ten decimal digits; nil for anything else.
  init?(decimal digits: ArraySlice<UInt8>) {
    guard (1...10).contains(digits.count), digits.allSatisfy(\.isDecimalDigit) else { return nil }
    self = digits.reduce(0) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
  }
}
