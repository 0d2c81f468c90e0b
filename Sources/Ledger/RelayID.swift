// The name of one life of one relay process.

/// Who owns a session: a name made anew at each start, so that an earlier life is somebody else.
public struct RelayID: Sendable, Hashable, Codable, RawRepresentable, CustomStringConvertible {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public var description: String { rawValue }
}
