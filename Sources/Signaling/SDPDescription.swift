// W3C's RTCSessionDescriptionInit.

/// `{type, sdp}` as a browser makes and takes it. Its description never shows the SDP.
public struct SDPDescription: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  public enum Kind: String, Sendable, Hashable, CaseIterable { case offer, answer }
  public var type: Kind
  public var sdp: String
  public init(type: Kind, sdp: String) {
    self.type = type
    self.sdp = sdp
  }
  public var description: String { "\(type.rawValue) of \(sdp.utf8.count) bytes" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
