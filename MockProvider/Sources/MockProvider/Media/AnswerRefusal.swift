// Why an SDP answer is not one for the offer.
import MockPeer

/// What is wrong with an answer; carries nothing of it.
enum AnswerRefusal: Error, Hashable, CustomStringConvertible {
  case notSDP
  case tooLong
  /// How many m= sections it has, and how many the offer has.
  case sectionCount(found: Int, offered: Int)
  /// An attribute that every answer needs.
  case missing(String)
  /// `a=setup` is neither active nor passive (RFC 5763 section 5: an answer has to decide).
  case undecidedSetup
  /// Another answer was accepted before.
  case answeredBefore
  /// The WebRTC peer cannot use it.
  case unusable(AnswerError)

  var description: String {
    switch self {
    case .notSDP: "the answer is not SDP: it does not begin with v=0"
    case .tooLong: "the answer is longer than \(AnswerCheck.maximumBytes) bytes"
    case .sectionCount(let found, let offered): "the answer has \(found) m= sections, the offer \(offered)"
    case .missing(let attribute): "the answer has no a=\(attribute)"
    case .undecidedSetup: "the answer's a=setup is neither active nor passive"
    case .answeredBefore: "another answer was accepted before"
    case .unusable(let error): "the answer cannot be used: \(error)"
    }
  }
}
