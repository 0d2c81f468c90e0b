// A provider key in the form in which it may stand in a header field.
import AvatarProvider
import ProviderHTTP

/// Makes header values of keys.
public enum Credential {
  /// Reads a key for a header. White space around it is dropped, since a key file mostly ends with a line break.
  /// - Throws: `.unauthorized` for an empty key and for one with control characters, which would end the header field.
  public static func headerValue(of key: Secret) throws(ProviderFailure) -> String {
    let value = key.reveal { text in
      let isBlank = { (character: Character) in character.isWhitespace }
      return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
    guard !value.isEmpty else { throw ProviderFailure(.unauthorized, "The provider key is empty.") }
    guard value.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
      throw ProviderFailure(.unauthorized, "The provider key holds characters that cannot stand in a header.")
    }
    return value
  }
}
