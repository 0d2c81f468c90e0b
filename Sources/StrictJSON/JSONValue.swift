// One JSON value as a typed tree: what every edge of the program reads and writes.
import Basics

/// A JSON value (RFC 8259 section 3). Integers that fit 64 bits are kept apart from other numbers.
///
/// Strings are compared by their bytes: Swift would take two that only look the same for one.
public enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue: Hashable {
  public static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.number(let left), .number(let right)): left == right
    case (.string(let left), .string(let right)): left.isExactly(right)
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)): left == right
    case (.null, _), (.bool, _), (.integer, _), (.number, _), (.string, _), (.array, _), (.object, _): false
    }
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(typeName)
    switch self {
    case .null: break
    case .bool(let bool): hasher.combine(bool)
    case .integer(let integer): hasher.combine(integer)
    case .number(let number): hasher.combine(number)
    case .string(let string): string.hashExactly(into: &hasher)
    case .array(let elements): hasher.combine(elements)
    case .object(let object): hasher.combine(object)
    }
  }
}

extension JSONValue {
  /// The members when this is an object.
  public var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
  /// The elements when this is an array.
  public var array: [JSONValue]? { if case .array(let array) = self { array } else { nil } }
  /// The text when this is a string.
  public var string: String? { if case .string(let string) = self { string } else { nil } }
  /// The value when this is an integer of 64 bits.
  public var integer: Int64? { if case .integer(let integer) = self { integer } else { nil } }
  /// The value when this is true or false.
  public var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
  /// The value when this is any number.
  public var double: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    default: nil
    }
  }
  /// True when this is `null`.
  public var isNull: Bool { self == .null }

  /// The member of that name when this is an object that has it.
  public subscript(_ name: String) -> JSONValue? { object?[name] }

  /// What the value is, in the words that an error message uses.
  public var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer, .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(nilLiteral: ()) { self = .null }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(elements.map { JSONObject.Member(name: $0.0, value: $0.1) }))
  }
}
