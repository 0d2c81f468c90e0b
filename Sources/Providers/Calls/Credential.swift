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

  /// The credentials in every form in which they may be quoted, longest first.
  private var credentials: [String] {
    let values = headers.filter { Self.credentialFields.contains($0.name.lowercased()) }.map(\.value)
    let tokens = values.compactMap { $0.split(separator: " ").last.map(String.init) }
    let parts = tokens.flatMap { $0.split(separator: ":").map(String.init) }.filter { $0.count >= Self.shortestPart }
    return Set(values + tokens + parts).filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
  }
}
