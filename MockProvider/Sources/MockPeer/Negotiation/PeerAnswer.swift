// Reads an SDP answer against what was offered, and says why one is not taken. The relay reads SDP by itself: the two
// sides must not share a mistake.
import Basics

/// What a peer takes from a browser's answer.
struct PeerAnswer {
  /// The longest answer that is read.
  static let maximumBytes = 64 * 1024

  /// A video format and what goes with it.
  struct Video: Hashable {
    let format: PeerVideo.Format
    let hasRetransmission: Bool
    let extensions: PeerHeaderExtensions
  }

  /// The browser's half of the username in its checks.
  let usernameFragment: String
  let fingerprints: [AnswerFingerprint]
  /// True when the browser starts the handshake.
  let isActive: Bool
  /// The extensions that the browser takes with audio; nil when it refused audio.
  let audio: PeerHeaderExtensions?
  let video: Video?
  let data: AnswerData?

  var negotiation: PeerNegotiation {
    PeerNegotiation(
      videoCodec: video?.format.codec, hasAudio: audio != nil, hasDataChannels: data != nil,
      hasRetransmission: video?.hasRetransmission ?? false)
  }

  /// Reads an answer.
  /// - Throws: ``AnswerError`` with the first thing that is wrong.
  init(_ text: String, to offered: PeerDescription) throws(AnswerError) {
    guard text.utf8.count <= Self.maximumBytes else { throw .tooLong }
    let (session, sections) = try Self.sections(of: text)
    let roles = try Self.roles(of: sections, in: offered)
    let transport = try Self.transport(of: sections, session)
    let attribute = { (name: String) in transport.value(name) ?? session.value(name) }

    guard let fragment = attribute("ice-ufrag"), (4...256).contains(fragment.utf8.count) else {
      throw .missing("ice-ufrag")
    }
    guard let password = attribute("ice-pwd"), (22...256).contains(password.utf8.count) else {
      throw .missing("ice-pwd")
    }
    usernameFragment = fragment
    let lines = transport.has("fingerprint") ? transport.values("fingerprint") : session.values("fingerprint")
    guard !lines.isEmpty else { throw .missing("fingerprint") }
    fingerprints = lines.compactMap { AnswerFingerprint($0) }
    guard !fingerprints.isEmpty else { throw .noUsableFingerprint }
    switch attribute("setup") {
    case "active": isActive = true
    case "passive": isActive = false
    case nil: throw .missing("setup")
    default: throw .undecidedSetup
    }

    audio = roles.audio.flatMap { Self.audio(of: $0, offered.audio) }
    video = roles.video.flatMap { Self.video(of: $0, offered.video) }
    data = try roles.data.map { section throws(AnswerError) in try AnswerData(section) }
    guard audio != nil || video != nil || data != nil else { throw .nothingAccepted }
  }

  private static func sections(of text: String) throws(AnswerError) -> (AnswerSection, [AnswerSection]) {
    var session = AnswerSection()
    var sections: [AnswerSection] = []
    // CR LF is one character in Swift, and a newline.
    for (number, line) in text.split(whereSeparator: \.isNewline).enumerated() {
      guard line.utf8.count >= 2, line.dropFirst().first == "=", number > 0 || line == "v=0" else { throw .notSDP }
      let value = line.dropFirst(2)
      switch line.first {
      case "m":
        guard let section = AnswerSection(mediaLine: value) else { throw .notSDP }
        sections.append(section)
      case "a":
        if sections.isEmpty {
          session.add(attribute: value)
        } else {
          sections[sections.count - 1].add(attribute: value)
        }
      default: break
      }
      // Quadratic work for many sections is refused early.
      guard sections.count <= 16 else { throw .sectionCount(found: sections.count, offered: 0) }
    }
    guard text.hasPrefix("v=0") else { throw .notSDP }
    return (session, sections)
  }

  private struct Roles {
    var audio: AnswerSection?
    var video: AnswerSection?
    var data: AnswerSection?
  }

  /// Finds the accepted sections by mid, or by kind where there is none.
  private static func roles(
    of sections: [AnswerSection], in offered: PeerDescription
  ) throws(AnswerError) -> Roles {
    let mids = [
      "audio": offered.audio?.mid, "video": offered.video?.mid, "application": offered.dataMid,
    ].compactMapValues { $0 }
    guard sections.count == mids.count else { throw .sectionCount(found: sections.count, offered: mids.count) }
    var seen: Set<String> = []
    var roles = Roles()
    for (index, section) in sections.enumerated() {
      guard let mid = mids[section.kind], section.value("mid") ?? mid == mid, seen.insert(section.kind).inserted else {
        throw .unknownSection(index)
      }
      // A direction in which the browser does not receive refuses what is sent.
      guard !section.isRefused, !section.has("inactive"), section.kind == "application" || !section.has("sendonly")
      else { continue }
      switch section.kind {
      case "audio": roles.audio = section
      case "video": roles.video = section
      default: roles.data = section
      }
    }
    return roles
  }

  /// RFC 8843 section 7.3: the transport is described by the first section of the bundle that was not refused.
  private static func transport(
    of sections: [AnswerSection], _ session: AnswerSection
  ) throws(AnswerError) -> AnswerSection {
    guard let first = sections.first(where: { !$0.isRefused }) else { throw .nothingAccepted }
    return first
  }

  private static func audio(of section: AnswerSection, _ offered: PeerAudio?) -> PeerHeaderExtensions? {
    guard let offered, section.formats.contains(String(offered.payloadType)) else { return nil }
    return extensions(of: section, offered.extensions)
  }

  private static func video(of section: AnswerSection, _ offered: PeerVideo?) -> Video? {
    guard let offered else { return nil }
    for format in section.formats {
      guard let chosen = offered.formats.first(where: { String($0.payloadType) == format }) else { continue }
      let name = section.parameter("rtpmap", of: format) ?? "\(chosen.codec.rawValue)/90000"
      guard name.lowercased() == "\(chosen.codec.rawValue)/90000".lowercased() else { continue }
      let resent = chosen.retransmissionPayloadType.map { String($0) }
      let hasRetransmission = resent.map { section.formats.contains($0) } ?? false
      return Video(
        format: chosen, hasRetransmission: hasRetransmission && offered.retransmissionSSRC != nil,
        extensions: extensions(of: section, offered.extensions))
    }
    return nil
  }

  private static func extensions(of section: AnswerSection, _ offered: PeerHeaderExtensions) -> PeerHeaderExtensions {
    let accepted = section.values("extmap").compactMap {
      $0.split { $0 == " " || $0 == "/" }.first.flatMap { UInt8($0) }
    }
    return PeerHeaderExtensions(
      mid: offered.mid.flatMap { accepted.contains($0) ? $0 : nil },
      absoluteSendTime: offered.absoluteSendTime.flatMap { accepted.contains($0) ? $0 : nil })
  }
}

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

/// `a=fingerprint` (RFC 8122 section 5) by one of the functions that are not broken.
struct AnswerFingerprint: Hashable {
  enum Function: String, CaseIterable {
    case sha256 = "sha-256"
    case sha384 = "sha-384"
    case sha512 = "sha-512"

    var byteCount: Int {
      switch self {
      case .sha256: 32
      case .sha384: 48
      case .sha512: 64
      }
    }
  }

  let function: Function
  let bytes: [UInt8]

  /// - Parameter value: as in `sha-256 AB:CD:…`.
  /// - Returns: nil for another function or a value of another length.
  init?(_ value: String) {
    let parts = value.split(separator: " ", omittingEmptySubsequences: true)
    guard parts.count == 2, let function = Function(rawValue: parts[0].lowercased()) else { return nil }
    let pairs = parts[1].split(separator: ":", omittingEmptySubsequences: false)
    guard pairs.count == function.byteCount, pairs.allSatisfy({ $0.utf8.count == 2 }),
      let bytes = Hexadecimal.bytesInEitherCase(pairs.joined())
    else { return nil }
    self.function = function
    self.bytes = bytes
  }
}

/// What RFC 8841 says about the browser's SCTP.
struct AnswerData: Hashable {
  /// The default of RFC 8841 section 6.1.
  static let defaultMaximumMessageBytes = 64 * 1024

  let port: UInt16
  /// The longest message that the browser takes.
  let maximumMessageBytes: Int

  init(_ section: AnswerSection) throws(AnswerError) {
    // Before RFC 8841 the port stood in `a=sctpmap:5000 webrtc-datachannel 1024` (draft-ietf-mmusic-sctp-sdp-07).
    let map = section.value("sctpmap")?.split(separator: " ").first.map(String.init)
    guard let port = (section.value("sctp-port") ?? map).flatMap({ UInt16($0) }), port > 0 else {
      throw .missing("sctp-port")
    }
    self.port = port
    let given = section.value("max-message-size").flatMap { Int($0) } ?? Self.defaultMaximumMessageBytes
    // Zero means any size (RFC 8841 section 6.1).
    maximumMessageBytes = given <= 0 ? .max : given
  }
}

/// The first thing that is wrong with an answer; it never quotes the answer.
public enum AnswerError: Error, Sendable, Hashable {
  /// Longer than ``PeerAnswer/maximumBytes``.
  case tooLong
  /// Not SDP: the first line is not `v=0`, or a line has no type.
  case notSDP
  /// RFC 3264 section 6: an answer has one section for each of the offer's.
  case sectionCount(found: Int, offered: Int)
  /// A section whose kind or `a=mid` is not the offered one.
  case unknownSection(Int)
  /// An attribute that has to be there is not, or has no valid value.
  case missing(String)
  /// `a=setup` is neither active nor passive (RFC 8842 section 5.3).
  case undecidedSetup
  /// No fingerprint by SHA-256, SHA-384 or SHA-512.
  case noUsableFingerprint
  /// Every section was refused.
  case nothingAccepted
  /// An answer was accepted before, and this is another one.
  case answeredBefore
  /// The peer was closed.
  case closed
}
