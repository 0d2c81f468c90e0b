// Checks an SDP before a provider sees it, and counts what a log may say of it.
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
  }

  /// Counts only: fit for a log.
  public var description: String {
    let types = CandidateType.allCases.compactMap { type in candidates[type].map { "\($0) \(type.rawValue)" } }
    let sections = "\(mediaSections) media sections (\(rejectedSections) rejected)"
    let found = "\(candidates.values.reduce(0, +)) candidates (\(types.joined(separator: ", ")))"
    return "\(sections), \(found), codecs \(codecs.joined(separator: " "))"
  }
}
