// An SDP answer, read against what was offered.

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
