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

/// The credentials of a request, in every form in which somebody else may quote them. What looks for them more than once, as
/// in all fields of a reply, keeps it.
public struct QuotedCredentials: Sendable, CustomStringConvertible, CustomReflectable {
  /// Header fields whose values are credentials, in lower case.
  private static let credentialFields: Set<String> = ["authorization", "x-api-key"]

  /// Parts of a key shorter than this are not searched for: they are found in ordinary words.
  private static let shortestPart = 8

  /// Longest first: as they are, in JSON whose writer escapes slashes, and in a URL.
  private let forms: [String]

  /// Knows the credentials of a request.
  public init(of request: ProviderRequest) {
    let values = request.headers.filter { Self.credentialFields.contains($0.name.lowercased()) }.map(\.value)
    let tokens = values.compactMap { $0.split(separator: " ").last.map(String.init) }
    // D-ID has the name of a connection behind a key.
    let keys = tokens.map { String($0.prefix { $0 != "~" }) }
    let parts = keys.flatMap { $0.split(separator: ":").map(String.init) }.filter { $0.count >= Self.shortestPart }
    let plain = values + tokens + keys + parts
    let quoted = plain + plain.map { $0.replacing("/", with: "\\/") } + plain.map(BaseURL.encoded)
    forms = Set(quoted).filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
  }

  /// Never shows them.
  public var description: String { "credentials" }
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// The text with every credential replaced.
  func removed(from text: String) -> String { forms.reduce(text) { $0.replacing($1, with: "(secret)") } }

  /// A body without any credential; the same bytes where it has none, which a look at the bytes tells soonest.
  public func removed(from body: [UInt8]) -> [UInt8] {
    guard areQuoted(in: body) else { return body }
    return Array(removed(from: String(decoding: body, as: UTF8.self)).utf8)
  }

  private func areQuoted(in bytes: [UInt8]) -> Bool {
    forms.contains { form in
      let words = Array(form.utf8)
      var rest = bytes[...]
      while let start = rest.firstIndex(of: words[0]) {
        rest = rest[start...]
        if rest.starts(with: words) { return true }
        rest = rest.dropFirst()
      }
      return false
    }
  }
}

extension ProviderRequest {
  /// The text with every credential of this request replaced.
  ///
  /// A gateway may quote the header that it refuses, so that a vendor's own words can hold the key.
  func withoutCredentials(_ text: String) -> String { QuotedCredentials(of: self).removed(from: text) }
}
