// Compares texts by their bytes, where Swift's own comparison takes canonically equivalent ones for the same.

extension String {
  /// Whether both have the same bytes of UTF-8.
  public func isExactly(_ other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    let (own, others) = (utf8.span, other.utf8.span)
    // Without a way out of the loop, several bytes are compared at once.
    var difference: UInt8 = 0
    for index in own.indices { difference |= own[index] ^ others[index] }
    return difference == 0
  }

  /// Whether both have the same bytes but for the case of ASCII letters, by which names of header fields and tokens do not
  /// differ (RFC 9110 section 5.1).
  public func isSame(ignoringCase other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    let (own, others) = (utf8.span, other.utf8.span)
    for index in own.indices where own[index].lowercasedASCII != others[index].lowercasedASCII { return false }
    return true
  }

  /// Takes the bytes in, for a comparison by ``isExactly(_:)``.
  public func hashExactly(into hasher: inout Hasher) {
    // Nothing else is equivalent to ASCII that is compared with ASCII, and its hash is made in one go.
    if isASCII { return hasher.combine(self) }
    hasher.combine(Array(utf8))
  }

  private var isASCII: Bool {
    let bytes = utf8.span
    var seen: UInt8 = 0
    for index in bytes.indices { seen |= bytes[index] }
    return seen < 0x80
  }
}

/// A name that comes from outside, as a key: it equals another only where both have the same bytes.
public struct ExactText: Sendable, Hashable {
  /// The name.
  public let text: String

  /// Takes a name as it is.
  public init(_ text: String) { self.text = text }

  public static func == (left: Self, right: Self) -> Bool { left.text.isExactly(right.text) }
  public func hash(into hasher: inout Hasher) { text.hashExactly(into: &hasher) }
}
