// D-ID's ValidationError: which field, and what is wrong with it, in the words of its framework.
import StrictJSON

/// Turns a shape mistake into D-ID's answer. The one captured message, "Could not match the union against any of the
/// items", is that of tsoa's validator (lukeautry/tsoa, packages/runtime/src/routeGeneration/templateHelpers.ts); the
/// others are that validator's too.
enum DIDValidation {
  static let unionMessage = "Could not match the union against any of the items"

  static func refusal(_ error: JSONShapeError) -> Refusal {
    Refusal(DIDErrors.validation(error.path, message(error)), error.description)
  }

  /// The answer to a script of the right shape that cannot be played. What D-ID answers to an audio file that it cannot
  /// read is not public; a script that is of no use to it is answered so.
  static var unusableScript: VendorError { DIDErrors.validation("body.script", unionMessage) }

  /// The refusal of a script, which is a union: no member of it is named.
  static func scriptRefusal(_ error: JSONShapeError) -> Refusal {
    Refusal(DIDErrors.validation("body.script", unionMessage), error.description)
  }

  private static func message(_ error: JSONShapeError) -> String {
    let name = error.path.split(separator: ".").last.map(String.init) ?? error.path
    return switch error.code {
    case .missing: "'\(name)' is required"
    case .unknown: "\"\(name)\" is an excess property and therefore is not allowed"
    case .wrongType(let expected, _): typeMessage(expected)
    case .notAccepted(let rule): rule
    }
  }

  private static func typeMessage(_ expected: String) -> String {
    switch expected {
    case "a string": "invalid string value"
    case "a number": "invalid float number"
    case "an integer": "invalid integer number"
    case "a boolean": "invalid boolean value"
    case "an array": "invalid array"
    default: "invalid object"
    }
  }
}
