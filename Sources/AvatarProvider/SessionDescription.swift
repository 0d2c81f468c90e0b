// An SDP description on its way between browser and provider.

/// An offer or an answer (JSEP, RFC 9429). Its description never shows the SDP, which holds addresses and ICE
/// passwords.
public struct SessionDescription: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  public enum Kind: String, Sendable, Hashable { case offer, answer }
  public var kind: Kind
  public var sdp: String

  public init(kind: Kind, sdp: String) {
    self.kind = kind
    self.sdp = sdp
  }

  public var description: String { "\(kind.rawValue) of \(sdp.utf8.count) bytes" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
