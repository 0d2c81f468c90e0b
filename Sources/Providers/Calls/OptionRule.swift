// Checks a vendor's options against a table of what each may hold.
import AvatarProvider
import StrictJSON

/// The rule for one option. Each vendor's options are a table of these, and what is not in the table is refused.
public indirect enum OptionRule: Sendable {
  /// A string of so many Unicode scalars.
  case text(ClosedRange<Int>)
  /// One of these strings.
  case choice([String])
  /// True or false.
  case bool
  /// A number of that range.
  case number(ClosedRange<Double>)
  /// A whole number of that range.
  case integer(ClosedRange<Int64>)
  /// An array of so many elements of one kind.
  case list(OptionRule, count: ClosedRange<Int>)
  /// An object of these members; those named must be there.
  case object([String: OptionRule], required: [String] = [])
  /// An object whose members the vendor does not list.
  case anyObject
  /// Either of two.
  case either(OptionRule, OptionRule)
  /// A string that satisfies a test; the words say what is expected.
  case form(String, @Sendable (String) -> Bool)

  /// A string of any sensible length that is not empty.
  public static let someText = OptionRule.text(1...10_000)
  /// Any number.
  public static let anyNumber = OptionRule.number(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)

  /// Checks options against a table.
  /// - Throws: `.rejected` that names the first option which breaks a rule, never its value.
  public static func check(
    _ options: JSONObject, by rules: [String: OptionRule], required: [String] = []
  ) throws(ProviderFailure) {
    do {
      try OptionRule.object(rules, required: required).check(.object(options), at: "options")
    } catch {
      throw ProviderFailure(.rejected, error.description)
    }
  }

  /// Checks a value.
  /// - Parameter path: how an error names it.
  func check(_ value: JSONValue, at path: String) throws(JSONShapeError) {
    switch self {
    case .text(let length): try check(value, isTextOf: length, at: path)
    case .choice(let accepted):
      guard let string = value.string else { throw wrongType("a string", value, path) }
      guard accepted.contains(string) else {
        throw JSONShapeError(.notAccepted("one of \(accepted.joined(separator: ", ")) expected"), at: path)
      }
    case .bool: guard value.bool != nil else { throw wrongType("a boolean", value, path) }
    case .number(let range): try check(value.double, in: range, "a number", value, at: path)
    case .integer(let range): try check(value.integer, in: range, "an integer", value, at: path)
    case .list(let element, let count): try check(value, isListOf: element, count: count, at: path)
    case .object(let rules, let required): try check(value, isObjectOf: rules, required: required, at: path)
    case .anyObject: guard value.object != nil else { throw wrongType("an object", value, path) }
    case .either(let first, let second):
      do { try first.check(value, at: path) } catch { try second.check(value, at: path) }
    case .form(let expected, let test):
      guard let string = value.string else { throw wrongType("a string", value, path) }
      guard test(string) else { throw JSONShapeError(.notAccepted("\(expected) expected"), at: path) }
    }
  }
}

extension OptionRule {
  private func check(_ value: JSONValue, isTextOf length: ClosedRange<Int>, at path: String) throws(JSONShapeError) {
    guard let string = value.string else { throw wrongType("a string", value, path) }
    guard length.contains(string.unicodeScalars.count) else {
      throw JSONShapeError(.notAccepted("\(length.lowerBound) to \(length.upperBound) characters expected"), at: path)
    }
  }

  private func check<Number: Comparable>(
    _ number: Number?, in range: ClosedRange<Number>, _ expected: String, _ value: JSONValue, at path: String
  ) throws(JSONShapeError) {
    guard let number else { throw wrongType(expected, value, path) }
    guard range.contains(number) else {
      throw JSONShapeError(.notAccepted("\(range.lowerBound) to \(range.upperBound) expected"), at: path)
    }
  }

  private func check(
    _ value: JSONValue, isListOf element: OptionRule, count: ClosedRange<Int>, at path: String
  ) throws(JSONShapeError) {
    guard let elements = value.array else { throw wrongType("an array", value, path) }
    guard count.contains(elements.count) else {
      throw JSONShapeError(.notAccepted("\(count.lowerBound) to \(count.upperBound) elements expected"), at: path)
    }
    for (index, value) in elements.enumerated() { try element.check(value, at: "\(path)[\(index)]") }
  }

  private func check(
    _ value: JSONValue, isObjectOf rules: [String: OptionRule], required: [String], at path: String
  ) throws(JSONShapeError) {
    guard let object = value.object else { throw wrongType("an object", value, path) }
    for name in required where object[name] == nil { throw JSONShapeError(.missing, at: "\(path).\(name)") }
    for member in object.members {
      // The name came from outside: cut, so that an error stays small.
      let memberPath = "\(path).\(member.name.prefix(64))"
      guard let rule = rules[member.name] else { throw JSONShapeError(.unknown, at: memberPath) }
      try rule.check(member.value, at: memberPath)
    }
  }

  private func wrongType(_ expected: String, _ value: JSONValue, _ path: String) -> JSONShapeError {
    JSONShapeError(.wrongType(expected: expected, found: value.typeName), at: path)
  }
}
