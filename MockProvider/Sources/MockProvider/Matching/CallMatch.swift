// Decides whether a call is one that a test means, and says what stands in the way where it is not.
import Basics
import StrictJSON

/// What is asked of one value of a call, which stands in the journal under `path`.
public struct CallCondition: Sendable, Hashable {
  /// How a value is judged.
  public enum Judgement: Sendable, Hashable {
    /// The same value; numbers by what they are worth.
    case equals(JSONValue)
    /// A text with this text in it, an array with this element, an object with these members.
    case contains(JSONValue)
    /// A text in which this is found.
    case pattern(TextPattern)
    /// Whether there is a value.
    case present(Bool)
  }

  /// As `text`, `status`, `session`, `body.script.input`, `headers.user-agent`.
  public let path: JSONPath
  public let judgement: Judgement

  public init(_ path: JSONPath, _ judgement: Judgement) {
    self.path = path
    self.judgement = judgement
  }

  /// - Throws: ``VerificationError`` for what is no path.
  public init(_ path: String, _ judgement: Judgement) throws(VerificationError) {
    guard let read = JSONPath(path) else { throw VerificationError("\(path): a path as body.script.input expected") }
    self.init(read, judgement)
  }

  /// The call was answered so.
  public static func status(_ status: Int) -> CallCondition {
    CallCondition(JSONPath(name: "status"), .equals(.integer(Int64(status))))
  }

  /// What is to be spoken, at either vendor, is judged so.
  public static func text(_ judgement: Judgement) -> CallCondition { CallCondition(JSONPath(name: "text"), judgement) }

  /// What keeps an entry from being meant; nil where nothing does. Where a path finds several values, one is enough.
  func obstacle(_ entry: JSONValue) -> String? {
    let values = path.values(in: entry)
    if case .present(let isWanted) = judgement {
      return values.isEmpty != isWanted ? nil : "\(path) is \(isWanted ? "not " : "")there"
    }
    guard let first = values.first else { return "\(path) is not there" }
    return values.contains(where: judgement.holds) ? nil : "\(path) is \(first.text.cut(to: 120))"
  }
}

extension CallCondition.Judgement {
  func holds(_ value: JSONValue) -> Bool {
    switch self {
    case .equals(let wanted): value.isWorth(wanted)
    case .contains(let part): value.contains(part)
    case .pattern(let pattern): value.string.map(pattern.isFound) ?? false
    case .present(let isWanted): isWanted
    }
  }

  /// As `contains "Hello"`.
  var words: String {
    switch self {
    case .equals(let value): "is \(value.text)"
    case .contains(let part): "contains \(part.text)"
    case .pattern(let pattern): "has the pattern \(JSONValue.string(pattern.source).text)"
    case .present(let isWanted): isWanted ? "is there" : "is not there"
    }
  }

  var json: JSONValue {
    switch self {
    case .equals(let value): ["equals": value]
    case .contains(let part): ["contains": part]
    case .pattern(let pattern): ["pattern": .string(pattern.source)]
    case .present(let isWanted): ["present": .bool(isWanted)]
    }
  }
}

extension CallCondition {
  /// Reads an object of paths, each with `{"equals": …}`, `{"contains": …}`, `{"pattern": …}` or `{"present": …}`, or with a
  /// value that is no object, which it is to equal.
  static func read(_ json: JSONValue?, at path: String) throws(JSONShapeError) -> [CallCondition] {
    guard let json, !json.isNull else { return [] }
    guard let object = json.object else {
      throw JSONShapeError(.wrongType(expected: "an object", found: json.typeName), at: path)
    }
    guard object.count <= CallMatch.conditionLimit else {
      throw JSONShapeError(.notAccepted("at most \(CallMatch.conditionLimit) paths expected"), at: path)
    }
    var conditions: [CallCondition] = []
    for member in object.members {
      guard let valuePath = JSONPath(member.name) else {
        throw JSONShapeError(
          .notAccepted("a path as body.script.input expected"), at: "\(path).\(JSONObjectReader.shown(member.name))")
      }
      conditions.append(CallCondition(valuePath, try judgement(member.value, at: "\(path).\(member.name)")))
    }
    return conditions
  }

  private static func judgement(_ json: JSONValue, at path: String) throws(JSONShapeError) -> Judgement {
    guard let object = json.object else { return .equals(json) }
    guard let member = object.members.first, object.count == 1 else {
      throw JSONShapeError(.notAccepted("one of equals, contains, pattern, present expected"), at: path)
    }
    switch (member.name, member.value) {
    case ("equals", let value): return .equals(value)
    case ("contains", let part): return .contains(part)
    case ("pattern", .string(let source)):
      do throws(PatternError) { return .pattern(try TextPattern(source)) } catch {
        throw JSONShapeError(.notAccepted(error.description), at: path + ".pattern")
      }
    case ("present", .bool(let isWanted)): return .present(isWanted)
    case ("pattern", let value):
      throw JSONShapeError(.wrongType(expected: "a string", found: value.typeName), at: path + ".pattern")
    case ("present", let value):
      throw JSONShapeError(.wrongType(expected: "a boolean", found: value.typeName), at: path + ".present")
    default: throw JSONShapeError(.notAccepted("one of equals, contains, pattern, present expected"), at: path)
    }
  }

  static func json(_ conditions: [CallCondition]) -> JSONValue {
    .object(JSONObject(conditions.map { .init(name: $0.path.description, value: $0.judgement.json) }))
  }
}

/// What is asked of a call: its name, and any number of conditions.
struct CallMatch: Sendable, Hashable {
  /// Most conditions of one match.
  static let conditionLimit = 16

  var calls: CallPattern
  var conditions: [CallCondition] = []

  /// Reads `call` (all without it) and `where`.
  init(_ reader: inout JSONObjectReader) throws(JSONShapeError) {
    let text = try reader.optionalString("call", bytes: 1...64)
    self.init(try CallPattern(text ?? "*", at: reader.path(of: "call")))
    conditions = try CallCondition.read(reader.optionalValue("where"), at: reader.path(of: "where"))
  }

  init(_ calls: CallPattern, _ conditions: [CallCondition] = []) {
    self.calls = calls
    self.conditions = conditions
  }

  /// What keeps an entry from being meant; nothing where it is. `*` means requests of no route, too.
  func obstacles(_ entry: JournalEntry) -> [String] {
    let isNamed = entry.call.map(calls.matches) ?? (calls == .any)
    guard isNamed else { return ["the call is \(entry.call?.rawValue ?? "none of the vendors'")"] }
    guard !conditions.isEmpty else { return [] }
    let json = entry.json
    return conditions.compactMap { $0.obstacle(json) }
  }

  func isMet(by entry: JournalEntry) -> Bool { obstacles(entry).isEmpty }

  /// As `did.speak and text contains "Hello"`.
  var words: String {
    ([calls.text] + conditions.map { "\($0.path) \($0.judgement.words)" }).joined(separator: " and ")
  }
}

extension JSONValue {
  /// Whether it is the same value; `1` and `1.0` are.
  func isWorth(_ other: JSONValue) -> Bool {
    switch (self, other) {
    case (.array(let own), .array(let others)):
      own.count == others.count && zip(own, others).allSatisfy { $0.isWorth($1) }
    case (.object(let own), .object(let others)):
      own.count == others.count && own.members.allSatisfy { others[$0.name].map($0.value.isWorth) ?? false }
    default: self == other || double.map { $0 == other.double } ?? false
    }
  }

  /// Whether a part is in it.
  func contains(_ part: JSONValue) -> Bool {
    switch (self, part) {
    case (.string(let text), .string(let piece)): text.contains(piece)
    case (.array(let elements), _): elements.contains { $0.isWorth(part) }
    case (.object(let own), .object(let members)):
      members.members.allSatisfy { member in own[member.name].map { $0.isWorth(member.value) } ?? false }
    default: false
    }
  }
}
