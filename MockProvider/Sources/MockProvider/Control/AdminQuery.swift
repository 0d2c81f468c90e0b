// Reads the query of a request of the control surface, and says why a request is refused.
import Basics
import StrictJSON
import Wire

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
struct JournalFilter: Sendable, Equatable {
  var session: String?
  var call: CallName?

  func admits(_ entry: JournalEntry) -> Bool {
    if let session, entry.session != session { return false }
    return call == nil || entry.call == call
  }
}

/// Which sessions are asked for; a nil member excludes none.
struct SessionFilter: Sendable, Equatable {
  /// The word of a state, or `open` for all that are not ended.
  enum State: String, Sendable, CaseIterable {
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
    /// What was expected is not so.
    case unmet
    /// Too many scenarios, or too many that wait.
    case busy
  }

  let code: Code
  let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  init(_ refusal: ScenarioRefusal) {
    switch refusal {
    case .wrongName: self.init(.invalid, refusal.reason)
    case .tooMany, .tooManyWaits: self.init(.busy, refusal.reason)
    }
  }

  var status: Int {
    switch code {
    case .forbidden: 403
    case .notFound: 404
    case .methodNotAllowed: 405
    case .invalid: 400
    case .tooLarge: 413
    case .unmet: 409
    case .busy: 503
    }
  }

  var json: JSONValue { ["error": ["code": .string(code.rawValue), "message": .string(message)]] }

  var response: HTTPResponse { HTTPResponse(status: status, json: json) }
}
