// Says whether an SDP answer could belong to an offer.

/// The checks that a WebRTC stack makes before it starts: form, sections, ICE and DTLS attributes.
enum AnswerCheck {
  /// The longest answer that is read.
  static let maximumBytes = 64 * 1024

  /// - Throws: ``AnswerRefusal`` with the first thing that is wrong.
  static func check(_ answer: String, against offer: String) throws(AnswerRefusal) {
    guard answer.utf8.count <= maximumBytes else { throw .tooLong }
    let lines = answer.split(whereSeparator: \.isNewline)
    guard lines.first == "v=0" else { throw .notSDP }
    let sections = lines.count { $0.hasPrefix("m=") }
    let offered = offer.split(whereSeparator: \.isNewline).count { $0.hasPrefix("m=") }
    // RFC 3264 section 6: an answer has one section for each of the offer's, in order.
    guard sections == offered else { throw .sectionCount(found: sections, offered: offered) }
    for attribute in ["ice-ufrag", "ice-pwd", "fingerprint"] {
      guard lines.contains(where: { $0.hasPrefix("a=\(attribute):") }) else { throw .missing(attribute) }
    }
    let setups = lines.filter { $0.hasPrefix("a=setup:") }
    guard !setups.isEmpty else { throw .missing("setup") }
    guard setups.allSatisfy({ $0 == "a=setup:active" || $0 == "a=setup:passive" }) else { throw .undecidedSetup }
  }
}
