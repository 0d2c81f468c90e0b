// The name of a session between browser and relay.

/// A session's id: 128 random bits as 22 base64url characters, never the provider's own id.
public struct SessionID: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public var description: String { rawValue }
}
