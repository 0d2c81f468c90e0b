// Keeps the latest requests, without their secrets, for tests to assert on.
import Basics
import StrictJSON

/// A bounded list of entries; the oldest are forgotten first.
struct Journal {
  /// Most entries that are kept.
  static let entryLimit = 1000
  /// The longest body that is kept, in bytes of JSON; of a longer one only its length.
  static let bodyLimit = 64 * 1024
  /// Most bytes of all bodies together.
  static let totalLimit = 8 * 1024 * 1024

  private(set) var entries: [JournalEntry] = []
  /// How many entries were made since the start, forgotten ones included.
  private(set) var count = 0
  private var sizes: [Int] = []
  private var total = 0

  /// The number of the next entry.
  var nextNumber: Int { count + 1 }

  mutating func append(_ entry: JournalEntry, bodyBytes: Int) {
    count += 1
    entries.append(entry)
    sizes.append(bodyBytes)
    total += bodyBytes
    var surplus = max(0, entries.count - Self.entryLimit)
    var freed = sizes.prefix(surplus).reduce(0, +)
    while total - freed > Self.totalLimit {
      freed += sizes[surplus]
      surplus += 1
    }
    entries.removeFirst(surplus)
    sizes.removeFirst(surplus)
    total -= freed
  }

  /// Forgets all entries; numbers go on.
  mutating func clear() {
    entries = []
    sizes = []
    total = 0
  }

  /// What is kept of a body, and how many bytes that takes.
  static func keep(_ body: Result<JSONValue, JSONSyntaxError>, length: Int) -> (body: JSONValue, bytes: Int) {
    guard length > 0, case .success(let value) = body else { return (.null, 0) }
    guard length <= bodyLimit else { return (["bytes": .integer(Int64(length))], 0) }
    return (Redaction.redact(value), length)
  }
}

/// An entry of the journal. Header fields are never kept, and secrets are taken out of the body.
public struct JournalEntry: Sendable, Hashable {
  /// Counts from 1 since the mock started.
  public let number: Int
  /// On the mock's clock, since it started.
  public let time: Duration
  public let method: String
  /// Without the query; cut to 512 characters.
  public let path: String
  /// Nil when the request was none of the vendors' calls.
  public let call: CallName?
  /// The HTTP status; 0 when the connection was dropped.
  public let status: Int
  public let session: String?
  /// The body as JSON; null when there was none, or none that is JSON. A long one is given by its length only.
  public let body: JSONValue
  /// Why the call was refused, in the mock's words.
  public let note: String?
  /// For an unknown request: the most similar route, as `POST /talks/streams`.
  public let nearestRoute: String?
  /// True when a fault made the answer, or delayed it.
  public let isFaulted: Bool

  var json: JSONValue {
    var object: JSONObject = [
      "number": .integer(Int64(number)), "timeMs": .integer(time.milliseconds), "method": .string(method),
      "path": .string(path), "call": call.map { .string($0.rawValue) } ?? .null, "status": .integer(Int64(status)),
      "session": session.map { .string($0) } ?? .null, "body": body,
    ]
    if let note { object["note"] = .string(note) }
    if let nearestRoute { object["nearest"] = .string(nearestRoute) }
    if isFaulted { object["faulted"] = true }
    return .object(object)
  }
}

/// Replaces the values of members whose names say that they are secret.
enum Redaction {
  static let replacement: JSONValue = "(removed)"
  private static let marks = ["key", "token", "secret", "password", "credential", "authorization"]

  static func isSecret(_ name: String) -> Bool {
    let name = name.lowercased()
    return marks.contains { name.contains($0) }
  }

  static func redact(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let object):
      .object(
        JSONObject(
          object.members.map { member in
            .init(name: member.name, value: isSecret(member.name) ? replacement : redact(member.value))
          }))
    case .array(let elements): .array(elements.map(redact))
    default: value
    }
  }

  /// The longest text of a session's options that is kept; a `data:` URL may hold a whole picture.
  static let longestOption = 2048

  /// What a session was created with: redacted, and long texts cut.
  static func options(_ value: JSONValue) -> JSONValue {
    switch redact(value) {
    case .object(let object):
      .object(JSONObject(object.members.map { .init(name: $0.name, value: shortened($0.value)) }))
    case let other: shortened(other)
    }
  }

  private static func shortened(_ value: JSONValue) -> JSONValue {
    guard let text = value.string, text.utf8.count > longestOption else { return value }
    return .string(text.prefix(32) + "… (\(text.utf8.count) bytes)")
  }
}
