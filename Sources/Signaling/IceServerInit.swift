// W3C's RTCIceServer.

/// A STUN or TURN server; `urls` is always an array on the wire.
public struct IceServerInit: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  public var urls: [String]
  public var username: String?
  public var credential: String?
  public init(urls: [String], username: String?, credential: String?) {
    self.urls = urls
    self.username = username
    self.credential = credential
  }
  public var description: String { "ICE server with \(urls.count) URLs" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
