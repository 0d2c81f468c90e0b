// Why the control surface did not do what it was asked.
import StrictJSON

/// An error of the control surface, answered as `{"error":{"code","message"}}`.
struct AdminRefusal: Error, Hashable {
  enum Code: String {
    /// The request is not from this machine.
    case forbidden
    /// There is nothing under this path.
    case notFound
    /// The path is known, the method is not one of its own.
    case methodNotAllowed
    /// The body or the query is not what the path takes.
    case invalid
  }

  let code: Code
  let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  var status: Int {
    switch code {
    case .forbidden: 403
    case .notFound: 404
    case .methodNotAllowed: 405
    case .invalid: 400
    }
  }

  var json: JSONValue { ["error": ["code": .string(code.rawValue), "message": .string(message)]] }
}
