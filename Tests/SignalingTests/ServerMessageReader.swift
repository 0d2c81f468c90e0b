// The client's half of the codec that reads, for tests: strict, so that a stray member is noticed.
import SessionValues
import Signaling
import StrictJSON

enum ServerMessageReader {
  struct Unreadable: Error { let why: String }

  /// Reads a message of the server.
  /// - Parameter method: The method of the request that a result answers.
  static func read(_ message: JSONValue, answering method: Method?) throws -> ServerMessage {
    var reader = try JSONObjectReader(message)
    guard try reader.string("jsonrpc") == "2.0" else { throw Unreadable(why: "jsonrpc") }
    let read: ServerMessage
    if let name = try reader.optionalChoice("method", of: NotificationMethod.self) {
      read = .notification(try notification(name, try reader.object("params")))
    } else {
      let idValue = try reader.value("id")
      let id = idValue.integer.map { RequestID($0) }
      if let error = try reader.optionalObject("error") {
        read = .error(id, try self.error(error))
      } else {
        guard let id, let method else { throw Unreadable(why: "a result to no known request") }
        var object = try reader.object("result")
        let providerMs = try object.optionalInteger("providerMs")
        read = .result(id, try result(of: method, object), providerMs: providerMs)
      }
    }
    try reader.finish()
    return read
  }

  static func error(_ object: JSONObjectReader) throws -> SignalingError {
    var reader = object
    var data = try reader.object("data")
    let kind = try data.choice("kind", of: ErrorKind.self)
    let isRetryable = try data.bool("retryable")
    var error = SignalingError(kind, try reader.string("message"))
    error.retryAfterMs = try data.optionalInteger("retryAfterMs")
    error.limit = try data.optionalChoice("limit", of: LimitName.self)
    if var provider = try data.optionalObject("provider") {
      error.provider = .init(
        status: Int(try provider.integer("status")), code: try provider.optionalString("code"),
        message: try provider.optionalString("message"))
      try provider.finish()
    }
    if var end = try data.optionalObject("end") {
      error.end = try closeReason(from: &end)
      try end.finish()
    }
    guard try reader.integer("code") == kind.code, isRetryable == error.isRetryable else {
      throw Unreadable(why: "the code or retryable of \(kind.rawValue)")
    }
    try data.finish()
    try reader.finish()
    return error
  }

  private static func result(of method: Method, _ object: JSONObjectReader) throws -> CallResult {
    var reader = object
    let result: CallResult
    switch method {
    case .open: return .opened(try openedSession(reader))
    case .resume: result = .resumed(try resumedSession(&reader))
    case .offer: result = .described(try description("answer", in: &reader))
    case .speak: result = .talk(id: try reader.string("talk"), durationMs: try reader.optionalInteger("durationMs"))
    case .speakPart, .speakEnd:
      let interrupted = reader.optionalValue("interrupted")
      guard interrupted == nil || interrupted == true else { throw Unreadable(why: "interrupted") }
      result = interrupted == nil ? .empty : .talkOver
    case .interrupt: result = try interrupted(&reader)
    case .extend: result = .extended(expiresInMs: try reader.optionalInteger("expiresInMs"))
    case .authorize, .answer, .candidate, .report, .close, .ping: result = .empty
    }
    try reader.finish()
    return result
  }

  /// `pending` is true or absent.
  private static func interrupted(_ reader: inout JSONObjectReader) throws -> CallResult {
    let text = try reader.optionalString("sendOnDataChannel")
    let pending = reader.optionalValue("pending")
    guard pending == nil || pending == true else { throw Unreadable(why: "pending") }
    return .interrupted(sendOnDataChannel: text, isPending: pending != nil)
  }

  private static func cut(from reader: inout JSONObjectReader) throws -> SessionEvent.Cut {
    if let error = try reader.optionalObject("error") { return .failed(try self.error(error)) }
    return try reader.optionalString("sendOnDataChannel").map { .sendOnDataChannel($0) } ?? .done
  }

  private static func notification(_ name: NotificationMethod, _ object: JSONObjectReader) throws -> Notification {
    var reader = object
    guard name != .queued else {
      let queued = Notification.queued(
        RequestID(try reader.integer("id")), position: Int(try reader.integer("position", in: 1 ... .max)))
      try reader.finish()
      return queued
    }
    guard name != .draining else {
      let draining = Notification.draining(deadlineMs: try reader.integer("deadlineMs"))
      try reader.finish()
      return draining
    }
    let session = SessionID(rawValue: try reader.string("session"))
    let seq = try reader.integer("seq", in: 1 ... .max)
    let event = try event(name, from: &reader)
    try reader.finish()
    return .session(session, seq: seq, event)
  }

  private static func event(_ name: NotificationMethod, from reader: inout JSONObjectReader) throws -> SessionEvent {
    switch name {
    case .draining, .queued: throw Unreadable(why: "not about a session")
    case .state: .state(try reader.choice("state", of: SessionState.self))
    case .talk: .talk(id: try reader.string("talk"), try phase(from: &reader))
    case .interrupted: .interrupted(talk: try reader.string("talk"), try cut(from: &reader))
    case .candidate: .candidate(try candidate(from: &reader))
    case .expiring:
      .expiring(
        cause: try reader.choice("cause", of: ExpiryCause.self), inMs: try reader.integer("inMs"),
        extendable: try reader.bool("extendable"))
    case .closed:
      closed(try closeReason(from: &reader))
    }
  }

  private static func closed(_ reason: CloseReason) -> SessionEvent { .closed(reason, action: reason.action) }

  /// A reason with the action and the pause that go with it.
  private static func closeReason(from reader: inout JSONObjectReader) throws -> CloseReason {
    let reason = try reader.choice("reason", of: CloseReason.self)
    let action = try reader.choice("action", of: CloseAction.self)
    guard action == reason.action, try reader.optionalInteger("afterMs") == reason.afterMs else {
      throw Unreadable(why: "the action or afterMs of \(reason.rawValue)")
    }
    return reason
  }

  private static func phase(from reader: inout JSONObjectReader) throws -> TalkPhase {
    switch try reader.string("phase") {
    case "accepted": .accepted(durationMs: try reader.optionalInteger("durationMs"))
    case "started": .started(estimated: try reader.bool("estimated"))
    case "ended": .ended(estimated: try reader.bool("estimated"))
    case "failed": .failed(try error(try reader.object("error")))
    case let other: throw Unreadable(why: "phase \(other)")
    }
  }

  private static func candidate(from reader: inout JSONObjectReader) throws -> IceCandidate? {
    let value = try reader.value("candidate")
    guard !value.isNull else { return nil }
    var candidate = try JSONObjectReader(value)
    let read = IceCandidate(
      candidate: try candidate.string("candidate"), sdpMid: candidate.optionalValue("sdpMid")?.string,
      sdpMLineIndex: candidate.optionalValue("sdpMLineIndex")?.integer.map { Int($0) },
      usernameFragment: candidate.optionalValue("usernameFragment")?.string)
    try candidate.finish()
    return read
  }
}
