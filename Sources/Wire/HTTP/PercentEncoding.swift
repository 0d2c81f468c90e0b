// Decodes what is percent-encoded in paths and queries.
import Basics

/// RFC 3986 section 2.1.
package enum PercentEncoding {
  /// The decoded text; nil when an escape is broken or the bytes are not UTF-8.
  package static func decode(_ text: some StringProtocol) -> String? {
    bytes(of: text).flatMap { String(validating: $0, as: UTF8.self) }
  }

  /// The decoded bytes; nil when an escape is broken.
  package static func bytes(of text: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.next()?.hexadecimalValue, let low = rest.next()?.hexadecimalValue else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  /// The first value of that name in a query, decoded; nil without it, and where it cannot be decoded.
  package static func value(of name: String, in query: String?) -> String? {
    for pair in (query ?? "").split(separator: "&") where pair.hasPrefix(name + "=") {
      return decode(pair.dropFirst(name.count + 1))
    }
    return nil
  }
}
