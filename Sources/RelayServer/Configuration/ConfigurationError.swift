// What is wrong with a configuration.

/// A configuration that cannot be used. It names the key and the source, never a value that may be a secret.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// A key that does not exist, in the file or the environment.
    case unknownKey
    /// A value of the wrong type or outside its range.
    case invalidValue
    /// A file that cannot be read or is not of its form.
    case unreadableFile
    /// Values that exclude each other, or that are not safe together.
    case conflict
    /// An address, a certificate or an authority that the system did not take.
    case refusedBySystem
  }

  public let code: Code
  /// One sentence that says what to change.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
