// Means one call, all calls of a vendor, or all calls.
import StrictJSON

/// One call, all calls of a vendor, or all calls.
public enum CallPattern: Sendable, Hashable {
  case call(CallName)
  /// `did.*`
  case did
  /// `heygen.*`
  case heyGen
  /// `*`
  case any

  /// Reads `did.speak`, `did.*`, `heygen.*` or `*`.
  init?(_ text: String) {
    switch text {
    case "*": self = .any
    case "did.*": self = .did
    case "heygen.*": self = .heyGen
    default:
      guard let call = CallName(rawValue: text) else { return nil }
      self = .call(call)
    }
  }

  /// - Throws: a `JSONShapeError` that names all that are known.
  init(_ text: String, at path: String) throws(JSONShapeError) {
    guard let pattern = CallPattern(text) else {
      let known = CallName.allCases.map(\.rawValue).joined(separator: ", ")
      throw JSONShapeError(.notAccepted("one of \(known), did.*, heygen.*, * expected"), at: path)
    }
    self = pattern
  }

  var text: String {
    switch self {
    case .call(let call): call.rawValue
    case .did: "did.*"
    case .heyGen: "heygen.*"
    case .any: "*"
    }
  }

  /// The vendor whose calls alone are meant; nil for both.
  var vendor: Vendor? {
    switch self {
    case .call(let call): call.vendor
    case .did: .did
    case .heyGen: .heygen
    case .any: nil
    }
  }

  func matches(_ call: CallName) -> Bool {
    switch self {
    case .call(let own): own == call
    case .did: call.vendor == .did
    case .heyGen: call.vendor == .heygen
    case .any: true
    }
  }
}
