// A STUN or TURN server that the provider tells the browser to use.

/// The members of W3C's `RTCIceServer`; `urls` is always a list. Credentials reach only the client that owns the
/// session.
public struct IceServer: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  public var urls: [String]
  public var username: String?
  public var credential: String?

  public init(urls: [String], username: String? = nil, credential: String? = nil) {
    self.urls = urls
    self.username = username
    self.credential = credential
  }

  public var description: String { "ICE server with \(urls.count) URLs" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
