// Collects the header of a response while it arrives line by line.
import Basics

/// Collects the header fields of the final response: those of interim (1xx) responses and trailers are left out.
package struct ResponseHead {
  /// Largest header that is accepted in bytes, interim responses included.
  package static let maximumBytes = 64 * 1024

  /// Room for the fields of most responses, so that it is asked for once.
  private static let usualCount = 12

  private enum Progress {
    case fields
    /// The empty line has come; what follows is a trailer, unless a new status line follows (after a 1xx).
    case complete
  }
  private var progress = Progress.fields
  private var byteCount = 0
  /// Names in lower case, and values, in the order in which they came.
  package private(set) var fields: [(name: String, value: String)] = []

  package init() {}

  /// True as long as no byte has come.
  package var isEmpty: Bool { byteCount == 0 }

  /// True when all of it has come.
  package var isComplete: Bool {
    if case .complete = progress { byteCount > 0 } else { false }
  }

  /// Takes one line with its line end.
  /// - Returns: false when the header is too large.
  package mutating func take(_ line: Span<UInt8>) -> Bool { line.withUnsafeBufferPointer { take(line: $0) } }

  private mutating func take(line: some RandomAccessCollection<UInt8>) -> Bool {
    byteCount += line.count
    guard byteCount <= Self.maximumBytes else { return false }
    if line.starts(with: "HTTP/".utf8) {
      self.fields = []
      self.fields.reserveCapacity(Self.usualCount)
      progress = .fields
      return true
    }
    guard case .fields = progress else { return true }
    let text = line.trimming(while: Self.isSpace)
    if text.isEmpty {
      progress = .complete
    } else if let first = line.first, first.isBlank {
      // RFC 9112 section 5.2: a folded line is joined with a space.
      if let last = fields.indices.last { fields[last].value += " " + String(decoding: text, as: UTF8.self) }
    } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
      let name = Self.lowercase(text[..<colon])
      let value = text[text.index(after: colon)...].trimming(while: Self.isSpace)
      fields.append((name: name, value: String(decoding: value, as: UTF8.self)))
    }
    return true
  }

  /// A name in lower case. Only ASCII has a case here: a name is a token (RFC 9110 section 5.1).
  private static func lowercase(_ name: some RandomAccessCollection<UInt8>) -> String {
    String(unsafeUninitializedCapacity: name.count) { text in
      for (index, byte) in name.enumerated() { text[index] = byte.lowercasedASCII }
      return name.count
    }
  }

  /// White space and what ends lines.
  private static func isSpace(_ byte: UInt8) -> Bool { byte.isBlank || byte == 0x0D || byte == 0x0A }
}
