// Says where a provider's API is, and writes the paths below it.
import AvatarProvider

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
    segments.reduce(text) { $0 + "/" + Self.encoded($1) }
  }

  /// True when a name can stand as one path segment: it is not empty, not too long and does not climb.
  public static func isSegment(_ name: String) -> Bool {
    (1...256).contains(name.utf8.count) && name != "." && name != ".."
  }

  private static func encoded(_ segment: String) -> String {
    if segment.utf8.allSatisfy(isUnreserved) { return segment }
    return segment.utf8.reduce(into: "") { encoded, byte in
      if isUnreserved(byte) {
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let hex = String(byte, radix: 16, uppercase: true)
        encoded += "%" + (hex.count < 2 ? "0" + hex : hex)
      }
    }
  }

  /// RFC 3986 section 2.3.
  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
