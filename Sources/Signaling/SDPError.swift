// Why a text is not SDP that is forwarded.

/// What is wrong with an SDP, and in which line. It never carries a word of it.
public struct SDPError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of mistake.
  public enum Code: Sendable, Hashable {
    /// More than ``SDPSummary/maximumBytes`` in all.
    case tooLong
    /// More than ``SDPSummary/maximumLineBytes`` in one line.
    case lineTooLong
    /// More than ``SDPSummary/maximumSections`` m= lines.
    case tooManySections
    /// Not `<letter>=<value>`, or a byte that no line may have.
    case malformedLine
    /// `v=0`, `o=`, `s=` do not start the description in this order, or a named line is malformed.
    case malformed(String)
    /// The description, or the media section that starts at the line, lacks what is named.
    case missing(String)
    /// An `a=candidate` that is not one.
    case candidate(CandidateError)
  }

  public let code: Code
  /// The line, counted from 1.
  public let line: Int

  public init(_ code: Code, line: Int) {
    self.code = code
    self.line = line
  }

  public var description: String {
    switch code {
    case .tooLong: "longer than \(SDPSummary.maximumBytes) bytes"
    case .lineTooLong: "line \(line): longer than \(SDPSummary.maximumLineBytes) bytes"
    case .tooManySections: "line \(line): more than \(SDPSummary.maximumSections) media sections"
    case .malformedLine: "line \(line): not an SDP line"
    case .malformed(let what): "line \(line): malformed \(what)"
    case .missing(let what): "line \(line): \(what) missing"
    case .candidate(let error): "line \(line): candidate \(error)"
    }
  }
}
