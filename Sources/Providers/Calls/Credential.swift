// Puts a provider's key into a header field, and takes it out of words that somebody else wrote.
import AvatarProvider
import Basics
import ProviderHTTP

/// Makes header values of keys.
public enum Credential {
  /// Reads a key for a header. White space around it is dropped, since a key file mostly ends with a line break.
  /// - Throws: `.unauthorized` for an empty key and for one with control characters, which would end the header field.
  public static func headerValue(of key: Secret) throws(ProviderFailure) -> String {
    let value = key.reveal { $0.trimmingWhitespace() }
    guard !value.isEmpty else { throw ProviderFailure(.unauthorized, "The provider key is empty.") }
    guard value.utf8.allSatisfy(\.isPrintableASCII) else {
      throw ProviderFailure(.unauthorized, "The provider key holds characters that cannot stand in a header.")
    }
    return value
  }
}

extension ProviderRequest {
  /// Header fields whose values are credentials, in lower case.
  private static let credentialFields: Set<String> = ["authorization", "x-api-key"]

  /// Parts of a key shorter than this are not searched for: they are found in ordinary words.
  private static let shortestPart = 8

  /// The text with every credential of this request replaced.
  ///
  /// A gateway may quote the header that it refuses, so that a vendor's own words can hold the key.
  func withoutCredentials(_ text: String) -> String {
    credentials.reduce(text) { $0.replacing($1, with: "(secret)") }
  }

  /// Whether a credential of this request stands in these bytes.
  func isQuoted(in bytes: [UInt8]) -> Bool {
    credentials.contains { credential in
      let words = Array(credential.utf8)
      var rest = bytes[...]
      while let start = rest.firstIndex(of: words[0]) {
        rest = rest[start...]
        if rest.starts(with: words) { return true }
        rest = rest.dropFirst()
      }
      return false
    }
  }

  /// The credentials in every form in which they may be quoted, longest first: as they are, in JSON whose writer escapes
  /// slashes, and in a URL.
  private var credentials: [String] {
    let values = headers.filter { Self.credentialFields.contains($0.name.lowercased()) }.map(\.value)
    let tokens = values.compactMap { $0.split(separator: " ").last.map(String.init) }
    // D-ID has the name of a connection behind a key.
    let keys = tokens.map { String($0.prefix { $0 != "~" }) }
    let parts = keys.flatMap { $0.split(separator: ":").map(String.init) }.filter { $0.count >= Self.shortestPart }
    let plain = values + tokens + keys + parts
    let quoted = plain + plain.map { $0.replacing("/", with: "\\/") } + plain.map(BaseURL.encoded)
    return Set(quoted).filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
  }
}
