// Cuts white space off the ends of texts and of bytes.

extension BidirectionalCollection {
  /// What is left without the elements at both ends that satisfy the predicate.
  public func trimming(while predicate: (Element) -> Bool) -> SubSequence {
    guard let first = firstIndex(where: { !predicate($0) }) else { return self[endIndex...] }
    return self[first...].trimmingEnd(while: predicate)
  }

  /// What is left without the elements at the end that satisfy the predicate.
  public func trimmingEnd(while predicate: (Element) -> Bool) -> SubSequence {
    var end = endIndex
    while end != startIndex, case let before = index(before: end), predicate(self[before]) { end = before }
    return self[..<end]
  }
}

extension BidirectionalCollection<UInt8> {
  /// What is left without ASCII's white space at both ends.
  public func trimmingWhitespace() -> SubSequence { trimming(while: \.isASCIIWhitespace) }
}

extension StringProtocol {
  /// The text without Unicode's white space at both ends.
  public func trimmingWhitespace() -> String {
    String(Substring(self).unicodeScalars.trimming { $0.properties.isWhitespace })
  }

  /// The text without spaces and tabs at both ends (RFC 9110 section 5.6.3).
  public func trimmingBlanks() -> String { String(decoding: Substring(self).utf8.trimming(while: \.isBlank), as: UTF8.self) }
}
