// Checks a vendor's options against a table of what each may hold.
import AvatarProvider
import Basics
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
  /// Whatever JSON has, null excepted.
  case anyValue
  /// Either of two.
  case either(OptionRule, OptionRule)
  /// A string that satisfies a test; the words say what is expected.
  case form(String, @Sendable (String) -> Bool)

  /// A string of any sensible length that is not empty.
  public static let someText = OptionRule.text(1...10_000)
  /// Any number.
  public static let anyNumber = OptionRule.number(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)

  /// Checks options against a table.
  /// - Parameter extras: options that the operator lets through beside those of the table.
  /// - Throws: `.rejected` that names the first option which breaks a rule, never its value. For a name that is not in
  ///   the table it gives the nearest one that is, and the setting that would let it through.
  public static func check(
    _ options: JSONObject, by rules: [String: OptionRule], required: [String] = [], extras: ExtraOptions? = nil
  ) throws(ProviderFailure) {
    do {
      try OptionRule.object(rules, required: required).check(.object(options), at: root, allowing: extras?.names ?? [])
    } catch {
      guard error.code == .unknown else { throw ProviderFailure(.rejected, error.description) }
      throw ProviderFailure(.rejected, error.description + hint(error.path, rules, extras))
    }
  }

  private static let root = "options"

  /// What to do about an unknown name: take the one that was meant, or have the operator let this one through.
  private static func hint(_ path: String, _ rules: [String: OptionRule], _ extras: ExtraOptions?) -> String {
    let names = path.split(separator: ".", omittingEmptySubsequences: false).dropFirst().map(String.init)
    var siblings = rules
    for name in names.dropLast() { siblings = siblings[name]?.members ?? [:] }
    let nearest = Self.nearest(to: names.last ?? "", in: siblings).map { "; \($0) is the nearest that is known" } ?? ""
    let way = extras.map { "; the server's operator can allow it by \($0.setting)" } ?? ""
    return nearest + way
  }

  /// The known name that somebody most likely meant; nil where none is near.
  private static func nearest(to name: String, in rules: [String: OptionRule]) -> String? {
    let name = name.lowercased()
    let distances = rules.keys.sorted().map { ($0, EditDistance.between($0.lowercased(), name)) }
    return distances.min { $0.1 < $1.1 }.flatMap { $0.1 <= max(1, name.utf8.count / 3) ? $0.0 : nil }
  }

  /// The members of an object, where the rule has some.
  private var members: [String: OptionRule] {
    switch self {
    case .object(let rules, _): rules
    case .either(let first, let second): first.members.merging(second.members) { first, _ in first }
    default: [:]
    }
  }

  /// Checks a value.
  /// - Parameters:
  ///   - path: how an error names it.
  ///   - extras: paths below `options` at which anything is let through.
  func check(_ value: JSONValue, at path: String, allowing extras: Set<String> = []) throws(JSONShapeError) {
    switch self {
    case .text(let length): try check(value, isTextOf: length, at: path)
    case .choice(let accepted):
      guard let string = value.string else { throw wrongType("a string", value, path) }
      guard accepted.contains(string) else {
        throw JSONShapeError(.notAccepted("one of \(accepted.joined(separator: ", ")) expected"), at: path)
      }
    case .bool: guard value.bool != nil else { throw wrongType("a boolean", value, path) }
    case .number(let range): try check(value.double, in: range, "a number", value, at: path)
    case .integer(let range):
      // Some languages have no integers: 512.0 is one, too.
      try check(
        value.integer ?? value.double.flatMap { Int64(exactly: $0) }, in: range, "an integer", value, at: path)
    case .list(let element, let count): try check(value, isListOf: element, count: count, at: path)
    case .object(let rules, let required):
      try check(value, isObjectOf: rules, required: required, at: path, allowing: extras)
    case .anyObject: guard value.object != nil else { throw wrongType("an object", value, path) }
    case .anyValue: guard !value.isNull else { throw wrongType("a value", value, path) }
    case .either(let first, let second):
      do { try first.check(value, at: path, allowing: extras) } catch {
        try second.check(value, at: path, allowing: extras)
      }
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
    _ value: JSONValue, isObjectOf rules: [String: OptionRule], required: [String], at path: String,
    allowing extras: Set<String>
  ) throws(JSONShapeError) {
    guard let object = value.object else { throw wrongType("an object", value, path) }
    for name in required where object[name] == nil { throw JSONShapeError(.missing, at: "\(path).\(name)") }
    for member in object.members {
      // The name came from outside: cut, so that an error stays small.
      let memberPath = "\(path).\(JSONObjectReader.shown(member.name))"
      guard let rule = rules[member.name] else {
        guard extras.contains(String(memberPath.dropFirst(Self.root.count + 1))) else {
          throw JSONShapeError(.unknown, at: memberPath)
        }
        continue
      }
      try rule.check(member.value, at: memberPath, allowing: extras)
    }
  }

  private func wrongType(_ expected: String, _ value: JSONValue, _ path: String) -> JSONShapeError {
    JSONShapeError(.wrongType(expected: expected, found: value.typeName), at: path)
  }
}

/// Options that are in no table of ours and go to the vendor all the same, since the operator said so.
public struct ExtraOptions: Sendable, Hashable {
  /// The setting that lists them, as `did.extra-options`.
  public var setting: String
  /// Their names; those of an object's members with the object's before a dot, as `config.driver`.
  public var names: Set<String>

  /// Takes what the operator listed.
  public init(setting: String, names: some Sequence<String>) {
    self.setting = setting
    self.names = Set(names)
  }
}
