// A provider key in the form in which it may stand in a header field.
import AvatarProvider
import ProviderHTTP

/// Makes header values of keys.
public enum Credential {
  /// Reads a key for a header. White space around it is dropped, since a key file mostly ends with a line break.
  /// - Throws: `.unauthorized` for an empty key and for one with control characters, which would end the header field.
  public static func headerValue(of key: Secret) throws(ProviderFailure) -> String {
    let value = key.reveal(trimmed)
    guard !value.isEmpty else { throw ProviderFailure(.unauthorized, "The provider key is empty.") }
    guard value.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
      throw ProviderFailure(.unauthorized, "The provider key holds characters that cannot stand in a header.")
    }
    return value
  }

  /// Looks at the ends only, since a key is read for every call.
  private static func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}
