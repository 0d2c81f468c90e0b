// Writes JSON schemas (2020-12, which OpenAPI 3.1 has) in the few words that the mock's descriptions need.
import StrictJSON

/// Makes schemas as JSON values.
enum Schema {
  /// What an object does with members that its schema does not name.
  enum Closure {
    /// It takes them.
    case open
    /// It takes none.
    case closed
    /// It takes them where they are null, which is as good as absent.
    case nullOnly
  }

  static func object(
    _ members: [(String, JSONValue)], required: [String] = [], _ closure: Closure = .open, about: String? = nil
  ) -> JSONValue {
    var schema: JSONObject = ["type": "object"]
    schema["description"] = about.map { .string($0) }
    schema["properties"] = .object(JSONObject(members.map { .init(name: $0.0, value: $0.1) }))
    if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
    switch closure {
    case .open: break
    case .closed: schema["additionalProperties"] = false
    case .nullOnly: schema["additionalProperties"] = ["type": "null"]
    }
    return .object(schema)
  }

  /// An object in which every member is required, and none is missing from the list.
  static func record(_ members: [(String, JSONValue)], about: String? = nil) -> JSONValue {
    object(members, required: members.map(\.0), .closed, about: about)
  }

  static let anyObject: JSONValue = ["type": "object"]
  static let anything: JSONValue = .object([:])

  static func array(of items: JSONValue, about: String? = nil) -> JSONValue {
    var schema: JSONObject = ["type": "array", "items": items]
    schema["description"] = about.map { .string($0) }
    return .object(schema)
  }

  /// Text of any length, or of one that is counted in bytes of UTF-8, which no keyword of JSON Schema does.
  static func string(bytes: ClosedRange<Int>? = nil, pattern: String? = nil, about: String? = nil) -> JSONValue {
    var schema: JSONObject = ["type": "string"]
    var words = about
    if let bytes {
      if bytes.lowerBound > 0 { schema["minLength"] = .integer(Int64(bytes.lowerBound)) }
      let bound = "at most \(bytes.upperBound) bytes of UTF-8"
      words = words.map { "\($0); \(bound)" } ?? bound
    }
    schema["pattern"] = pattern.map { .string($0) }
    schema["description"] = words.map { .string($0) }
    return .object(schema)
  }

  static func boolean(about: String? = nil) -> JSONValue {
    var schema: JSONObject = ["type": "boolean"]
    schema["description"] = about.map { .string($0) }
    return .object(schema)
  }

  static func integer(in range: ClosedRange<Int64>? = nil, default value: Int64? = nil, about: String? = nil)
    -> JSONValue
  {
    var schema: JSONObject = ["type": "integer"]
    if let range {
      schema["minimum"] = .integer(range.lowerBound)
      if range.upperBound < .max { schema["maximum"] = .integer(range.upperBound) }
    }
    schema["default"] = value.map { .integer($0) }
    schema["description"] = about.map { .string($0) }
    return .object(schema)
  }

  static func count(about: String? = nil) -> JSONValue { integer(in: 0...Int64.max, about: about) }

  static func number(in range: ClosedRange<Double>? = nil, about: String? = nil) -> JSONValue {
    var schema: JSONObject = ["type": "number"]
    if let range {
      if range.lowerBound > -Double.greatestFiniteMagnitude { schema["minimum"] = bound(range.lowerBound) }
      if range.upperBound < Double.greatestFiniteMagnitude { schema["maximum"] = bound(range.upperBound) }
    }
    schema["description"] = about.map { .string($0) }
    return .object(schema)
  }

  private static func bound(_ number: Double) -> JSONValue { Int64(exactly: number).map { .integer($0) } ?? .number(number) }

  static func choice(_ words: [String], about: String? = nil) -> JSONValue {
    var schema: JSONObject = ["type": "string", "enum": .array(words.map { .string($0) })]
    schema["description"] = about.map { .string($0) }
    return .object(schema)
  }

  static func choice<Choice: RawRepresentable & CaseIterable>(of type: Choice.Type, about: String? = nil) -> JSONValue
  where Choice.RawValue == String {
    choice(type.allCases.map(\.rawValue), about: about)
  }

  static func constant(_ value: JSONValue) -> JSONValue { ["const": value] }

  static func any(of schemas: [JSONValue], about: String? = nil) -> JSONValue {
    var schema: JSONObject = ["anyOf": .array(schemas)]
    schema["description"] = about.map { .string($0) }
    return .object(schema)
  }

  static func orNull(_ schema: JSONValue) -> JSONValue { any(of: [schema, ["type": "null"]]) }

  /// A schema that stands among the document's components.
  static func named(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }
}
