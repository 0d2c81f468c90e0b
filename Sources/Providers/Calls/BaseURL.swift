// Says where a provider's API is, and writes the paths below it.
import AvatarProvider
import Basics

/// The base URL of an API: the vendor's own host, a mock, or a proxy.
public struct BaseURL: Sendable, Hashable {
  private let text: String

  /// Takes a URL as configured; slashes at its end make no difference.
  public init(_ text: String) {
    var text = text[...]
    while text.hasSuffix("/") { text.removeLast() }
    self.text = String(text)
  }

  /// The URL of a path that is given by its segments, each of which is percent-encoded (RFC 3986 section 3.3).
  public func appending(_ segments: [String]) -> String {
    segments.reduce(into: text) { url, segment in
      url += "/"
      url += Self.encoded(segment)
    }
  }

  /// True when a name can stand as one path segment: it is not empty, not too long and does not climb.
  public static func isSegment(_ name: String) -> Bool {
    (1...256).contains(name.utf8.count) && name != "." && name != ".."
  }

  /// A text as a path segment, or a value of a query, has it.
  public static func encoded(_ segment: String) -> String {
    if segment.utf8.allSatisfy(isUnreserved) { return segment }
    return segment.utf8.reduce(into: "") { encoded, byte in
      if isUnreserved(byte) {
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        encoded += "%" + Hexadecimal.text([byte], uppercase: true)
      }
    }
  }

  /// RFC 3986 section 2.3.
  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
    default: byte.isASCIILetter || byte.isDecimalDigit
    }
  }
}
