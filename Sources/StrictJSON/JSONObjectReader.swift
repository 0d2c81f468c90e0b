// Reads an object's members one by one, by type, and can refuse what was not asked for.
import Basics

/// A typed reader of one JSON object.
///
/// Ask for each known member, then call ``finish()`` where unknown members are errors (what a client sends) or leave it
/// out where they are tolerated (what a provider sends).
public struct JSONObjectReader {
  /// Where the object stands, as `params.answer`; empty at the top.
  public let path: String
  private let object: JSONObject
  /// For each member whether somebody asked for it.
  private var asked: [Bool]

  /// Starts to read an object.
  /// - Throws: ``JSONShapeError`` when the value is not an object.
  public init(_ value: JSONValue, at path: String = "") throws(JSONShapeError) {
    guard let object = value.object else {
      throw JSONShapeError(
        .wrongType(expected: "an object", found: value.typeName), at: path.isEmpty ? "message" : path)
    }
    self.object = object
    self.path = path
    asked = Array(repeating: false, count: object.count)
  }

  /// The path of a member of this object.
  public func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  /// The member as it is, `null` included; nil when it is not there.
  public mutating func optionalValue(_ name: String) -> JSONValue? {
    guard let index = object.members.firstIndex(where: { $0.name.isExactly(name) }) else { return nil }
    asked[index] = true
    return object.members[index].value
  }

  /// The member as it is, `null` included.
  public mutating func value(_ name: String) throws(JSONShapeError) -> JSONValue {
    guard let value = optionalValue(name) else { throw JSONShapeError(.missing, at: path(of: name)) }
    return value
  }

  /// A string of a length within `bytes` (UTF-8 bytes).
  public mutating func string(_ name: String, bytes: ClosedRange<Int> = 0...Int.max) throws(JSONShapeError) -> String {
    guard let string = try optionalString(name, bytes: bytes) else {
      throw JSONShapeError(.missing, at: path(of: name))
    }
    return string
  }

  /// Like ``string(_:bytes:)``; nil when the member is not there.
  public mutating func optionalString(
    _ name: String, bytes: ClosedRange<Int> = 0...Int.max
  ) throws(JSONShapeError) -> String? {
    guard let value = optionalValue(name) else { return nil }
    guard let string = value.string else { throw wrongType("a string", value, name) }
    guard bytes.contains(string.utf8.count) else {
      let expected =
        bytes.upperBound == .max ? "at least \(bytes.lowerBound)" : "\(bytes.lowerBound) to \(bytes.upperBound)"
      throw JSONShapeError(.notAccepted("\(expected) bytes expected"), at: path(of: name))
    }
    return string
  }

  /// An integer within the range.
  public mutating func integer(
    _ name: String, in range: ClosedRange<Int64> = .min ... .max
  ) throws(JSONShapeError) -> Int64 {
    guard let integer = try optionalInteger(name, in: range) else { throw JSONShapeError(.missing, at: path(of: name)) }
    return integer
  }

  /// Like ``integer(_:in:)``; nil when the member is not there.
  public mutating func optionalInteger(
    _ name: String, in range: ClosedRange<Int64> = .min ... .max
  ) throws(JSONShapeError) -> Int64? {
    guard let value = optionalValue(name) else { return nil }
    guard let integer = value.integer else { throw wrongType("an integer", value, name) }
    guard range.contains(integer) else {
      throw JSONShapeError(.notAccepted("\(range.lowerBound) to \(range.upperBound) expected"), at: path(of: name))
    }
    return integer
  }

  /// Any number within the range; nil when the member is not there.
  public mutating func optionalNumber(
    _ name: String, in range: ClosedRange<Double>
  ) throws(JSONShapeError) -> Double? {
    guard let value = optionalValue(name) else { return nil }
    guard let number = value.double else { throw wrongType("a number", value, name) }
    guard range.contains(number) else {
      throw JSONShapeError(.notAccepted("\(range.lowerBound) to \(range.upperBound) expected"), at: path(of: name))
    }
    return number
  }

  /// True or false.
  public mutating func bool(_ name: String) throws(JSONShapeError) -> Bool {
    guard let bool = try optionalBool(name) else { throw JSONShapeError(.missing, at: path(of: name)) }
    return bool
  }

  /// Like ``bool(_:)``; nil when the member is not there.
  public mutating func optionalBool(_ name: String) throws(JSONShapeError) -> Bool? {
    guard let value = optionalValue(name) else { return nil }
    guard let bool = value.bool else { throw wrongType("a boolean", value, name) }
    return bool
  }

  /// An object, ready to be read.
  public mutating func object(_ name: String) throws(JSONShapeError) -> JSONObjectReader {
    try JSONObjectReader(try value(name), at: path(of: name))
  }

  /// Like ``object(_:)``; nil when the member is not there.
  public mutating func optionalObject(_ name: String) throws(JSONShapeError) -> JSONObjectReader? {
    guard let value = optionalValue(name) else { return nil }
    return try JSONObjectReader(value, at: path(of: name))
  }

  /// An array; nil when the member is not there.
  public mutating func optionalArray(_ name: String) throws(JSONShapeError) -> [JSONValue]? {
    guard let value = optionalValue(name) else { return nil }
    guard let array = value.array else { throw wrongType("an array", value, name) }
    return array
  }

  /// One of the cases of a string enum.
  public mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, of type: Choice.Type
  ) throws(JSONShapeError) -> Choice where Choice.RawValue == String {
    guard let choice = try optionalChoice(name, of: type) else { throw JSONShapeError(.missing, at: path(of: name)) }
    return choice
  }

  /// Like ``choice(_:of:)``; nil when the member is not there.
  public mutating func optionalChoice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, of type: Choice.Type
  ) throws(JSONShapeError) -> Choice? where Choice.RawValue == String {
    guard let string = try optionalString(name) else { return nil }
    guard let choice = Choice(rawValue: string) else {
      let accepted = type.allCases.map(\.rawValue).joined(separator: ", ")
      throw JSONShapeError(.notAccepted("one of \(accepted) expected"), at: path(of: name))
    }
    return choice
  }

  /// Refuses the first member that nobody asked for.
  /// - Throws: ``JSONShapeError`` with code ``JSONShapeError/Code/unknown``.
  public func finish() throws(JSONShapeError) {
    guard let index = asked.firstIndex(of: false) else { return }
    throw JSONShapeError(.unknown, at: path(of: Self.shown(object.members[index].name)))
  }

  /// A name that came from outside, fit for an error: printable ASCII, 64 characters at most.
  public static func shown(_ name: String) -> String {
    // Scalars, since one Character may be as long as the whole text.
    var shown = String.UnicodeScalarView()
    for scalar in name.unicodeScalars.prefix(64) { shown.append(("!"..."~").contains(scalar) ? scalar : "?") }
    return String(shown)
  }

  private func wrongType(_ expected: String, _ value: JSONValue, _ name: String) -> JSONShapeError {
    JSONShapeError(.wrongType(expected: expected, found: value.typeName), at: path(of: name))
  }
}
