// The data channels of an SDP answer.

/// What RFC 8841 says about the browser's SCTP.
struct AnswerData: Hashable {
  /// The default of RFC 8841 section 6.1.
  static let defaultMaximumMessageBytes = 64 * 1024

  let port: UInt16
  /// The longest message that the browser takes.
  let maximumMessageBytes: Int

  init(_ section: AnswerSection) throws(AnswerError) {
    guard let port = section.value("sctp-port").flatMap({ UInt16($0) }), port > 0 else { throw .missing("sctp-port") }
    self.port = port
    let given = section.value("max-message-size").flatMap { Int($0) } ?? Self.defaultMaximumMessageBytes
    // Zero means any size (RFC 8841 section 6.1).
    maximumMessageBytes = given <= 0 ? .max : given
  }
}
