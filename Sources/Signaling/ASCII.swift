// The character classes of SDP and its numbers.

extension UInt8 {
  /// RFC 8866 section 9's `VCHAR`.
  var isVisibleASCII: Bool { (0x21...0x7E).contains(self) }

  var isDecimalDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  var isASCIILetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

  /// RFC 8866 section 9's `token-char`.
  var isToken: Bool {
    switch self {
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x5E...0x7E: true
    default: false
    }
  }

  /// What an IPv4 address, an IPv6 address (with a zone) or a host name is made of.
  var isAddressCharacter: Bool { isASCIILetter || isDecimalDigit || ".:-_%".utf8.contains(self) }
}

extension UInt64 {
  /// One to ten decimal digits; nil for anything else.
  init?(decimal digits: ArraySlice<UInt8>) {
    guard (1...10).contains(digits.count), digits.allSatisfy(\.isDecimalDigit) else { return nil }
    self = digits.reduce(0) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
  }
}
