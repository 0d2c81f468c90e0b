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
  /// What names a place to which the vendor writes with the operator's account. It is refused unless the operator lets it
  /// through by name.
  case destination(OptionRule)

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
    // Most talks have none.
    guard !(options.members.isEmpty && required.isEmpty) else { return }
    do {
      try OptionRule.object(rules, required: required).check(.object(options), at: root, allowing: extras?.names ?? [])
    } catch {
      let hint =
        switch error.code {
        case .unknown: nearest(to: error.path, in: rules) + permission(extras)
        case .notAccepted(Self.writtenTo): permission(extras)
        case .missing, .wrongType, .notAccepted: ""
        }
      throw ProviderFailure(.rejected, error.description + hint)
    }
  }

  private static let root = "options"

  private static let writtenTo = "it names a place that is written to"

  /// How the operator lets an option through.
  private static func permission(_ extras: ExtraOptions?) -> String {
    extras.map { "; the server's operator can allow it by \($0.setting)" } ?? ""
  }

  /// The known name that may have been meant, beside an unknown one.
  private static func nearest(to path: String, in rules: [String: OptionRule]) -> String {
    let names = path.split(separator: ".", omittingEmptySubsequences: false).dropFirst().map(String.init)
    var siblings = rules
    for name in names.dropLast() { siblings = siblings[name]?.members ?? [:] }
    return nearestName(to: names.last ?? "", in: siblings).map { "; \($0) is the nearest that is known" } ?? ""
  }

  /// The known name that somebody most likely meant; nil where none is near.
  private static func nearestName(to name: String, in rules: [String: OptionRule]) -> String? {
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
    case .destination(let rule):
      guard extras.contains(Self.name(at: path)) else { throw JSONShapeError(.notAccepted(Self.writtenTo), at: path) }
      try rule.check(value, at: path, allowing: extras)
    }
  }
}

extension OptionRule {
  /// An option's name as the operator writes it: its path without `options`.
  private static func name(at path: String) -> String { String(path.dropFirst(root.count + 1)) }

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
        guard extras.contains(Self.name(at: memberPath)) else {
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

/// Options that go to the vendor since the operator said so: those of no table of ours, and those that name a place to
/// write to.
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
