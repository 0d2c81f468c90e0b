// Why a string is not a candidate.

/// What is wrong with a candidate string. It never carries the string.
public enum CandidateError: Error, Sendable, Hashable, CustomStringConvertible {
  /// More than ``CandidateAttribute/maximumBytes``.
  case tooLong
  /// A line of SDP (`a=candidate:…`) where its attribute alone belongs.
  case lineInsteadOfAttribute
  /// It does not start with `candidate:`.
  case noPrefix
  /// A control character, which would break the SDP line it goes into.
  case controlCharacter
  /// It ends before the type.
  case tooFewFields
  /// The named field is not of the form that RFC 8839 section 5.1 gives.
  case malformed(field: String)

  public var description: String {
    switch self {
    case .tooLong: "longer than \(CandidateAttribute.maximumBytes) bytes"
    case .lineInsteadOfAttribute: "must start with candidate:, without a="
    case .noPrefix: "must start with candidate:"
    case .controlCharacter: "control character"
    case .tooFewFields: "ends before its type"
    case .malformed(let field): "malformed \(field)"
    }
  }
}
