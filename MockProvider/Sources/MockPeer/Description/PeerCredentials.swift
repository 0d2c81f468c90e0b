// The ICE secrets of one peer.

/// What a browser's connectivity checks are authenticated with (RFC 8445 section 5.3). Never printed.
public struct PeerCredentials: Sendable, Hashable {
  /// 4 to 256 characters.
  public let usernameFragment: String
  /// 22 to 256 characters.
  public let password: String

  public init(usernameFragment: String, password: String) {
    self.usernameFragment = usernameFragment
    self.password = password
  }
}

extension PeerCredentials: CustomStringConvertible, CustomReflectable {
  public var description: String { "PeerCredentials" }
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
