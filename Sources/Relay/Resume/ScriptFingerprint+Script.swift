// The fingerprint of what an avatar is to say.
import AvatarProvider
import Cryptography
import Ledger
import SessionValues
import Signaling
import StrictJSON

extension ScriptFingerprint {
  /// The first 128 bits of a SHA-256 (FIPS 180-4) over session, request, kind, words and options, each with its length.
  init(of script: Script, session: SessionID, request: RequestID) {
    let kind: String
    let words: String
    switch script.content {
    case .text(let text): (kind, words) = ("text", text)
    case .ssml(let text): (kind, words) = ("ssml", text)
    case .audio(let url): (kind, words) = ("audio", url)
    }
    let options = script.options.members.isEmpty ? "{}" : Self.ordered(.object(script.options)).text
    var bytes: [UInt8] = []
    bytes.reserveCapacity(words.utf8.count + options.utf8.count + 100)
    for part in [session.rawValue, "\(request)", kind, words, options] {
      bytes.append(contentsOf: "\(part.utf8.count):".utf8)
      bytes.append(contentsOf: part.utf8)
    }
    self.init(hex: Hexadecimal.text(SHA256.digest(of: bytes).prefix(16)))
  }

  /// The order of members does not count.
  private static func ordered(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let object):
      let members = object.members.map { JSONObject.Member(name: $0.name, value: ordered($0.value)) }
      return .object(JSONObject(members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }))
    case .array(let elements): return .array(elements.map(ordered))
    case .null, .bool, .integer, .number, .string: return value
    }
  }
}
