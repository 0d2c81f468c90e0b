// Reads the requests of the control surface, and says why one is refused.
import Basics
import StrictJSON
import Wire

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
  /// The description of the control surface, or of a vendor's API.
  case description(Vendor?)

  static let prefix = "/__admin"
  /// The furthest that one request may move the clock: 31 days.
  static let longestAdvance = Duration.seconds(31 * 86_400)

  /// Every path with its methods, for `Allow` and for the documentation's tests.
  static let paths: [String: [String]] = [
    "health": ["GET"], "settings": ["GET"], "errors": ["GET"], "sessions": ["GET"], "requests": ["GET", "DELETE"],
    "requests/unmatched": ["GET"], "faults": ["GET", "POST", "DELETE"], "clock": ["GET", "POST"],
    "media": ["GET", "POST"],
    "reset": ["POST", "DELETE"], "openapi.json": ["GET"], "openapi/did.json": ["GET"], "openapi/heygen.json": ["GET"],
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
    case (_, "openapi.json"): self = .description(nil)
    case (_, "openapi/did.json"): self = .description(.did)
    case (_, "openapi/heygen.json"): self = .description(.heygen)
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
    case .success(let json): return BodyReading.withWholeNumbers(json)
    case .failure(let error): throw AdminRefusal(.invalid, "the body is not JSON: \(error)")
    }
  }
}

/// Names and decoded values of a query.
struct AdminQuery {
  /// Most pairs that are read.
  static let pairLimit = 16

  let values: [String: String]

  /// - Throws: ``AdminRefusal`` for broken escapes, repeated names, or too many pairs.
  init(_ request: HTTPRequest) throws(AdminRefusal) {
    var values: [String: String] = [:]
    let pairs = (request.query ?? "").split(separator: "&")
    guard pairs.count <= Self.pairLimit else { throw AdminRefusal(.invalid, "too many query values") }
    for pair in pairs {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(parts[0]),
        let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "")
      else { throw AdminRefusal(.invalid, "the query is not percent-encoded UTF-8") }
      guard values.updateValue(value, forKey: name) == nil else {
        throw AdminRefusal(.invalid, "a query name is repeated")
      }
    }
    self.values = values
  }

  /// Refuses a name that is not known.
  func check(known: [String]) throws(AdminRefusal) {
    guard values.keys.allSatisfy(known.contains) else {
      throw AdminRefusal(.invalid, "known query names are \(known.joined(separator: ", "))")
    }
  }

  /// A value that has to be one of the given words.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, of type: Choice.Type
  ) throws(AdminRefusal) -> Choice? where Choice.RawValue == String {
    guard let text = values[name] else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw AdminRefusal(.invalid, "\(name): one of \(type.allCases.map(\.rawValue).joined(separator: ", ")) expected")
    }
    return choice
  }
}

/// Which entries are asked for; a nil member excludes none.
struct JournalFilter: Equatable {
  var session: String?
  var call: CallName?
  /// Only requests that were none of the vendors' calls.
  var onlyUnmatched = false

  func admits(_ entry: JournalEntry) -> Bool {
    if onlyUnmatched, entry.call != nil { return false }
    if let session, entry.session != session { return false }
    return call == nil || entry.call == call
  }
}

/// Which sessions are asked for; a nil member excludes none.
struct SessionFilter: Equatable {
  /// The word of a state, or `open` for all that are not ended.
  enum State: String, CaseIterable {
    case open, new, connecting, connected, disconnected, ended
  }

  var vendor: Vendor?
  var state: State?

  func admits(_ session: SessionStatus) -> Bool {
    if let vendor, session.vendor != vendor.rawValue { return false }
    switch state {
    case nil: return true
    case .open: return session.isOpen
    case let state?: return session.stateName == state.rawValue
    }
  }
}

/// An error of the control surface, answered as `{"error":{"code","message"}}`.
struct AdminRefusal: Error, Hashable {
  enum Code: String, CaseIterable {
    /// The request is not from this machine.
    case forbidden
    /// There is nothing under this path.
    case notFound
    /// The path is known, the method is not one of its own.
    case methodNotAllowed
    /// The body or the query is not what the path takes.
    case invalid
    /// The body is larger than anything that is read.
    case tooLarge
  }

  let code: Code
  let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  private var status: Int {
    switch code {
    case .forbidden: 403
    case .notFound: 404
    case .methodNotAllowed: 405
    case .invalid: 400
    case .tooLarge: 413
    }
  }

  var response: HTTPResponse {
    HTTPResponse(status: status, json: ["error": ["code": .string(code.rawValue), "message": .string(message)]])
  }
}
