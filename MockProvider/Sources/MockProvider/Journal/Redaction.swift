// Takes secrets out of what is kept for a test to look at.
import StrictJSON

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
