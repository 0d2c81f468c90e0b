// Writes bytes as hexadecimal digits or as base64url, and reads them back strictly.

/// Two hexadecimal digits a byte (RFC 4648 section 8).
public enum Hexadecimal {
  private static let lowercase = Array("0123456789abcdef".utf8)
  private static let uppercase = Array("0123456789ABCDEF".utf8)

  /// The digits of all bytes, without anything between them.
  public static func text(_ bytes: some Sequence<UInt8>, uppercase isUppercase: Bool = false) -> String {
    let alphabet = isUppercase ? uppercase : lowercase
    var digits: [UInt8] = []
    digits.reserveCapacity(2 * bytes.underestimatedCount)
    for byte in bytes {
      digits.append(alphabet[Int(byte >> 4)])
      digits.append(alphabet[Int(byte & 15)])
    }
    return String(decoding: digits, as: UTF8.self)
  }

  /// The bytes of lower-case digits, so that each sequence of bytes has one text; nil for everything else.
  public static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    guard !text.utf8.contains(where: (UInt8(ascii: "A")...UInt8(ascii: "F")).contains) else { return nil }
    return bytesInEitherCase(text)
  }

  /// The bytes of digits in either case; nil for an odd number of digits and for other characters.
  public static func bytesInEitherCase(_ text: some StringProtocol) -> [UInt8]? {
    let digits = text.utf8.map(\.hexadecimalValue)
    guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { (digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0) }
  }
}

/// base64url without padding (RFC 7515 section 2), read strictly: each sequence of bytes has one text.
public enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let values: [UInt8?] = {
    var values = [UInt8?](repeating: nil, count: 256)
    for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
    return values
  }()

  /// Whether a byte is a character of base64url.
  public static func isCharacter(_ byte: UInt8) -> Bool { values[Int(byte)] != nil }

  /// The text of bytes.
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    var buffer: UInt32 = 0
    var bits = 0
    for byte in bytes {
      buffer = buffer << 8 | UInt32(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        text.append(alphabet[Int(buffer >> bits & 63)])
      }
      buffer &= (1 << bits) - 1
    }
    if bits > 0 { text.append(alphabet[Int(buffer << (6 - bits) & 63)]) }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes; nil for another character, an impossible length, and bits that belong to no byte.
  public static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer: UInt32 = 0
    var bits = 0
    for byte in text {
      guard let value = values[Int(byte)] else { return nil }
      buffer = buffer << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(buffer >> bits & 255))
        buffer &= (1 << bits) - 1
      }
    }
    return bits < 6 && buffer == 0 ? bytes : nil
  }
}
