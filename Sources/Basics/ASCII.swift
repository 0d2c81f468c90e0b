// Says to which classes of characters a byte of text belongs.

extension UInt8 {
  /// `0` to `9`.
  public var isDecimalDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  /// `a` to `z` and `A` to `Z`.
  public var isASCIILetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

  /// The small letter of `A` to `Z`; any other byte as it is.
  @inlinable
  public var lowercasedASCII: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self }

  /// A character that is neither a space nor a control character: RFC 5234's `VCHAR`.
  public var isVisibleASCII: Bool { (0x21...0x7E).contains(self) }

  /// A visible character or a space.
  public var isPrintableASCII: Bool { (0x20...0x7E).contains(self) }

  /// A space or a tab: the optional white space of HTTP (RFC 9110 section 5.6.3).
  public var isBlank: Bool { self == 0x20 || self == 0x09 }

  /// A space, a tab, or one of the control characters that break lines and pages.
  public var isASCIIWhitespace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

  /// A character of HTTP's tokens, which methods, header names and sub-protocols are (RFC 9110 section 5.6.2, `tchar`).
  @inlinable
  public var isHTTPTokenCharacter: Bool {
    switch self {
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
      UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: isASCIILetter || isDecimalDigit
    }
  }

  /// The value of a hexadecimal digit in either case; nil for other characters.
  public var hexadecimalValue: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension Collection<UInt8> {
  /// Whether this is a token of HTTP: at least one character, all of them RFC 9110's `tchar`.
  @inlinable
  public var isHTTPToken: Bool { !isEmpty && allSatisfy(\.isHTTPTokenCharacter) }
}
