// What can be asked of the control surface.
import StrictJSON
import Timekeeping
import Transport

/// A request of the control surface, read and checked.
enum AdminCommand: Equatable {
  case health
  case settings
  case errors
  case sessions(SessionFilter)
  case requests(JournalFilter)
  case clearRequests
  case faults
  case addFault(Fault)
  case clearFaults
  case clock
  case advance(Duration)
  case media
  case setMedia(MediaConditions, session: String?)
  case reset

  static let prefix = "/__admin"
  /// The farthest that one request may move the clock: 31 days.
  static let longestAdvance = Duration.seconds(31 * 86_400)

  /// Every path with its methods, for `Allow` and for the documentation's tests.
  static let paths: [String: [String]] = [
    "health": ["GET"], "settings": ["GET"], "errors": ["GET"], "sessions": ["GET"], "requests": ["GET", "DELETE"],
    "requests/unmatched": ["GET"], "faults": ["GET", "POST", "DELETE"], "clock": ["GET", "POST"],
    "media": ["GET", "POST"],
    "reset": ["POST", "DELETE"],
  ]

  /// True for what belongs to the control surface, known or not.
  static func covers(_ path: String) -> Bool { path == prefix || path.hasPrefix(prefix + "/") }

  /// - Throws: ``AdminRefusal``.
  init(_ request: HTTPRequest) throws(AdminRefusal) {
    let path = String(request.path.dropFirst(Self.prefix.count + 1))
    guard let methods = Self.paths[path] else {
      throw AdminRefusal(.notFound, "known are \(Self.paths.keys.sorted().joined(separator: ", "))")
    }
    guard methods.contains(request.method) else {
      throw AdminRefusal(.methodNotAllowed, "\(methods.joined(separator: " or ")) expected")
    }
    switch (request.method, path) {
    case (_, "health"): self = .health
    case (_, "settings"): self = .settings
    case (_, "errors"): self = .errors
    case (_, "sessions"): self = .sessions(try Self.sessionFilter(AdminQuery(request)))
    case ("GET", "requests"): self = .requests(try Self.journalFilter(AdminQuery(request)))
    case (_, "requests"): self = .clearRequests
    case (_, "requests/unmatched"): self = .requests(JournalFilter(onlyUnmatched: true))
    case ("GET", "faults"): self = .faults
    case ("POST", "faults"): self = .addFault(try Self.fault(request))
    case (_, "faults"): self = .clearFaults
    case ("GET", "clock"): self = .clock
    case (_, "clock"): self = .advance(try Self.advance(request))
    case ("GET", "media"): self = .media
    case (_, "media"): self = try Self.setMedia(request)
    default: self = .reset
    }
  }

  private static func sessionFilter(_ query: AdminQuery) throws(AdminRefusal) -> SessionFilter {
    try query.check(known: ["vendor", "state"])
    return SessionFilter(
      vendor: try query.choice("vendor", of: Vendor.self),
      state: try query.choice("state", of: SessionFilter.State.self))
  }

  private static func journalFilter(_ query: AdminQuery) throws(AdminRefusal) -> JournalFilter {
    try query.check(known: ["session", "call"])
    return JournalFilter(session: query.values["session"], call: try query.choice("call", of: CallName.self))
  }

  private static func fault(_ request: HTTPRequest) throws(AdminRefusal) -> Fault {
    let json = try body(of: request)
    do throws(JSONShapeError) { return try Fault(json) } catch { throw AdminRefusal(.invalid, error.description) }
  }

  private static func advance(_ request: HTTPRequest) throws(AdminRefusal) -> Duration {
    let json = try body(of: request)
    do throws(JSONShapeError) {
      var reader = try JSONObjectReader(json, at: "clock")
      let milliseconds = try reader.integer("advanceMs", in: 0...longestAdvance.milliseconds)
      try reader.finish()
      return .milliseconds(milliseconds)
    } catch { throw AdminRefusal(.invalid, error.description) }
  }

  private static func setMedia(_ request: HTTPRequest) throws(AdminRefusal) -> AdminCommand {
    let json = try body(of: request)
    do throws(JSONShapeError) {
      var reader = try JSONObjectReader(json, at: "media")
      let session = try reader.optionalString("session", bytes: 1...256)
      let conditions = try MediaConditions(&reader)
      try reader.finish()
      guard session == nil || conditions.faults == .none else {
        throw JSONShapeError(
          .notAccepted("only for sessions that are created from now on"), at: "media.stun or media.dtls")
      }
      return .setMedia(conditions, session: session)
    } catch { throw AdminRefusal(.invalid, error.description) }
  }

  private static func body(of request: HTTPRequest) throws(AdminRefusal) -> JSONValue {
    switch VendorCall.parse(request.body) {
    case .success(let json): return json
    case .failure(let error): throw AdminRefusal(.invalid, "the body is not JSON: \(error)")
    }
  }
}
