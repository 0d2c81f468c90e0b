// Bytes as text.

/// Two hexadecimal digits a byte (RFC 4648 section 8), in lower case.
public enum Hexadecimal {
  private static let alphabet = Array("0123456789abcdef".utf8)

  public static func text(_ bytes: some Sequence<UInt8>) -> String {
    var digits: [UInt8] = []
    digits.reserveCapacity(2 * bytes.underestimatedCount)
    for byte in bytes {
      digits.append(alphabet[Int(byte >> 4)])
      digits.append(alphabet[Int(byte & 15)])
    }
    return String(decoding: digits, as: UTF8.self)
  }

  /// The bytes of a text; nil where it is none of these.
  public static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.utf8.map { digit in alphabet.firstIndex(of: digit) }
    guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8((digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0)) }
  }
}
