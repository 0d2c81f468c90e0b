// Why bytes are not JSON that this program accepts.

/// What is wrong with a text that was to be JSON, and where. It never carries the text itself.
public struct JSONSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of mistake.
  public enum Code: String, Sendable, Hashable {
    /// The bytes end inside a value, or are empty.
    case unexpectedEnd
    /// A byte that cannot stand here.
    case unexpectedByte
    /// The bytes of a string are not UTF-8, or an escape is half a surrogate pair.
    case invalidUTF8
    /// A backslash is followed by what RFC 8259 section 7 does not list.
    case invalidEscape
    /// A control character below U+0020 stands unescaped in a string.
    case controlCharacter
    /// A number is not of RFC 8259 section 6's form.
    case invalidNumber
    /// A number of that form is beyond what a double holds.
    case numberOutOfRange
    /// Arrays and objects are nested deeper than the limit.
    case tooDeep
    /// An object names a member twice.
    case duplicateKey
    /// There are more values than the limit.
    case tooManyValues
    /// Something follows the value.
    case trailingBytes
  }

  public let code: Code
  /// Offset of the byte, counted from 0.
  public let offset: Int

  public init(_ code: Code, at offset: Int) {
    self.code = code
    self.offset = offset
  }

  public var description: String { "\(code.rawValue) at byte \(offset)" }
}
