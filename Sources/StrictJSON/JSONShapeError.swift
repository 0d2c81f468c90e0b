// Why a JSON value is not of the shape that was asked for.

/// What is wrong with the shape of a JSON value, and where. It never carries the value itself.
public struct JSONShapeError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of mistake.
  public enum Code: Sendable, Hashable {
    /// A required member is not there.
    case missing
    /// A member that nobody asked for.
    case unknown
    /// Another type than the named one.
    case wrongType(expected: String, found: String)
    /// The right type, but not an accepted value; the text says what is accepted.
    case notAccepted(String)
  }

  public let code: Code
  /// Where, as `params.answer.sdp`; the name of the member as it was sent.
  public let path: String

  public init(_ code: Code, at path: String) {
    self.code = code
    self.path = path
  }

  public var description: String {
    switch code {
    case .missing: "\(path): missing"
    case .unknown: "\(path): unknown field"
    case .wrongType(let expected, let found): "\(path): \(expected) expected, \(found) found"
    case .notAccepted(let rule): "\(path): \(rule)"
    }
  }
}
