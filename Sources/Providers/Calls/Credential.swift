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

  private static let mark = Array("(secret)".utf8)

  /// Their bytes, longest first.
  private let forms: [[UInt8]]
  /// With what one of them may begin, by the byte.
  private let beginnings: [Bool]

  /// Knows the credentials of a request.
  public init(of request: ProviderRequest) {
    let values = request.headers.filter { Self.credentialFields.contains($0.name.lowercased()) }.map(\.value)
    let tokens = values.compactMap { $0.split(separator: " ").last.map(String.init) }
    // D-ID has the name of a connection behind a key.
    let keys = tokens.map { String($0.prefix { $0 != "~" }) }
    let parts = keys.flatMap { $0.split(separator: ":").map(String.init) }.filter { $0.count >= Self.shortestPart }
    let plain = values + tokens + keys + parts
    let forms = Set(plain).map { Array($0.utf8) }.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
    let first = Set(forms.map { $0[0] } + "\\%".utf8)
    self.forms = forms
    beginnings = (0...255).map { first.contains($0) }
  }

  /// Never shows them.
  public var description: String { "credentials" }
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// The text with every credential replaced.
  func removed(from text: String) -> String { String(decoding: removed(from: Array(text.utf8)), as: UTF8.self) }

  /// A body without any credential, also where its writer has put another sign in place of some of its characters; the same
  /// bytes where it has none.
  public func removed(from body: [UInt8]) -> [UInt8] {
    var cleared: [UInt8] = []
    var (place, rest) = (0, 0)
    while place < body.count {
      guard beginnings[Int(body[place])], let end = end(in: body, from: place) else {
        place += 1
        continue
      }
      cleared += body[rest..<place] + Self.mark
      (place, rest) = (end, end)
    }
    return rest == 0 ? body : cleared + body[rest...]
  }

  /// Where a credential ends that begins at a place; nil where none does.
  private func end(in body: [UInt8], from start: Int) -> Int? {
    for form in forms {
      var place: Int? = start
      for byte in form {
        place = place.flatMap { Self.end(of: byte, in: body, at: $0) }
        if place == nil { break }
      }
      if let place { return place }
    }
    return nil
  }

  /// Past one byte of a credential as it is, in JSON (RFC 8259 section 7; in JSON within JSON there are more backslashes) or in a
  /// URL (RFC 3986 section 2.1); nil where something else stands.
  private static func end(of byte: UInt8, in body: [UInt8], at place: Int) -> Int? {
    guard place < body.count else { return nil }
    if body[place] == byte { return place + 1 }
    switch body[place] {
    case UInt8(ascii: "%"): return number(in: body, at: place + 1, digits: 2) == Int(byte) ? place + 3 : nil
    case UInt8(ascii: "\\"):
      let escape = body[place...].firstIndex { $0 != UInt8(ascii: "\\") } ?? body.count
      guard escape < body.count else { return nil }
      if body[escape] == byte { return escape + 1 }
      guard body[escape] == UInt8(ascii: "u") else { return nil }
      return number(in: body, at: escape + 1, digits: 4) == Int(byte) ? escape + 5 : nil
    default: return nil
    }
  }

  private static func number(in body: [UInt8], at place: Int, digits: Int) -> Int? {
    guard place + digits <= body.count else { return nil }
    return body[place..<place + digits].reduce(0) { number, digit in
      number.flatMap { number in digit.hexadecimalValue.map { number * 16 + Int($0) } }
    }
  }
}

extension ProviderRequest {
  /// The text with every credential of this request replaced.
  ///
  /// A gateway may quote the header that it refuses, so that a vendor's own words can hold the key.
  func withoutCredentials(_ text: String) -> String { QuotedCredentials(of: self).removed(from: text) }
}
