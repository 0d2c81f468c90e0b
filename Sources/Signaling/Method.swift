// The names of the methods.

/// A method's name on the wire.
public enum Method: String, Sendable, Hashable, CaseIterable {
  case authorize
  case open = "session.open"
  case offer = "session.offer"
  case answer = "session.answer"
  case candidate = "session.candidate"
  case speak = "session.speak"
  case interrupt = "session.interrupt"
  case extend = "session.extend"
  case report = "session.report"
  case close = "session.close"
  case resume = "session.resume"
  case ping
}

extension Call {
  /// The method that this is a call of.
  public var method: Method {
    switch self {
    case .authorize: .authorize
    case .open: .open
    case .offer: .offer
    case .answer: .answer
    case .candidate: .candidate
    case .speak: .speak
    case .interrupt: .interrupt
    case .extend: .extend
    case .report: .report
    case .close: .close
    case .resume: .resume
    case .ping: .ping
    }
  }
}
