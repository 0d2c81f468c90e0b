// Takes secrets out of what the journal keeps and shows of a request.
import Basics
import Cryptography
import StrictJSON
import Wire

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

/// The header fields of a request as the journal keeps them.
enum HeaderRecord {
  /// Most fields that are kept of one request.
  static let fieldLimit = 64
  /// The longest value that is kept, in characters.
  static let valueLimit = 512
  /// Further parts of names that say that the value is a secret, in headers alone.
  private static let marks = ["cookie", "auth", "signature"]

  /// Names in lower case with their values, several of one name joined, and how many bytes they take. A secret stands as its
  /// fingerprint, which is the same for the same secret; `Authorization` keeps its scheme.
  static func headers(of request: HTTPRequest) -> (fields: JSONValue, bytes: Int) {
    let secrets = request.headers.fields.filter { isSecret($0.name) }.flatMap { Self.secrets(in: $0.value) }
    var object = JSONObject()
    var bytes = 0
    for field in request.headers.fields.prefix(fieldLimit) {
      let name = field.name.lowercased()
      let value =
        isSecret(name) ? sealed(field.value, keepsScheme: name == "authorization") : shown(field.value, without: secrets)
      let text = [object[name]?.string, value].compactMap { $0 }.joined(separator: ", ")
      object[name] = .string(text)
      bytes += name.utf8.count + value.utf8.count
    }
    return (.object(object), bytes)
  }

  /// Says that two secrets are the same without saying which: the first 48 bits of SHA-256.
  static func fingerprint(_ secret: String) -> String {
    "sha256:" + Hexadecimal.text(SHA256.digest(of: Array(secret.utf8)).prefix(6))
  }

  private static func isSecret(_ name: String) -> Bool {
    let name = name.lowercased()
    return Redaction.isSecret(name) || marks.contains { name.contains($0) }
  }

  private static func sealed(_ value: String, keepsScheme: Bool) -> String {
    let parts = value.split(separator: " ", maxSplits: 1)
    guard keepsScheme, parts.count == 2, parts[0].utf8.isHTTPToken, parts[0].utf8.count <= 16 else {
      return fingerprint(value)
    }
    return "\(parts[0]) \(fingerprint(String(parts[1])))"
  }

  /// A secret that is said a second time, in a field whose name does not tell, is one there, too; so is a part of one, but for
  /// its scheme.
  private static func secrets(in value: String) -> [String] {
    let parts = value.split { " =;:,".contains($0) }.map(String.init)
    let isSchemed = value.contains(" ") && parts.first.map { value.hasPrefix($0 + " ") } == true
    return ([value] + (isSchemed ? parts.dropFirst() : parts[...])).filter { $0.utf8.count >= 6 }
  }

  private static func shown(_ value: String, without secrets: [String]) -> String {
    guard !secrets.contains(where: { value.contains($0) }) else { return fingerprint(value) }
    // What follows a question mark may be a token of the page's.
    let isAddress = value.hasPrefix("http://") || value.hasPrefix("https://")
    return String(isAddress ? value.prefix { $0 != "?" && $0 != "#" } : value[...]).cut(to: valueLimit)
  }
}
