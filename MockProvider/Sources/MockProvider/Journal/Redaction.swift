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
}
