// The header of a response while it arrives.

/// Collects the header fields of the final response: those of interim (1xx) responses and trailers are left out.
struct ResponseHead {
  /// Largest header that is accepted in bytes, interim responses included.
  static let maximumBytes = 64 * 1024

  private enum Progress {
    case fields
    /// The empty line has come; what follows is a trailer, unless a new status line follows (after a 1xx).
    case complete
  }
  private var progress = Progress.fields
  private var byteCount = 0
  private(set) var fields: [(name: String, value: String)] = []

  /// True as long as no byte has come.
  var isEmpty: Bool { byteCount == 0 }

  /// True when all of it has come.
  var isComplete: Bool {
    if case .complete = progress { byteCount > 0 } else { false }
  }

  /// Takes one line with its line end.
  /// - Returns: false when the header is too large.
  mutating func take(_ line: some RandomAccessCollection<UInt8>) -> Bool {
    byteCount += line.count
    guard byteCount <= Self.maximumBytes else { return false }
    if line.starts(with: "HTTP/".utf8) {
      self.fields = []
      progress = .fields
      return true
    }
    guard case .fields = progress else { return true }
    let text = line.trimmed
    if text.isEmpty {
      progress = .complete
    } else if let first = line.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") {
      // RFC 9112 section 5.2: a folded line is joined with a space.
      if let last = fields.indices.last { fields[last].value += " " + String(decoding: text, as: UTF8.self) }
    } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
      let name = String(decoding: text[..<colon], as: UTF8.self).lowercased()
      let value = text[text.index(after: colon)...].trimmed
      fields.append((name: name, value: String(decoding: value, as: UTF8.self)))
    }
    return true
  }
}

extension RandomAccessCollection<UInt8> {
  /// Without the white space and line ends at both ends.
  fileprivate var trimmed: SubSequence {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a }
    guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
      return self[endIndex...]
    }
    return self[first...last]
  }
}
