// Reads a provider's offer and writes the browser's answer.
import AvatarProvider
import SessionValues
import StrictJSON

extension SessionDescription {
  /// Reads an offer of W3C's `RTCSessionDescriptionInit` shape; nil for anything else.
  public init?(offer value: JSONValue?) {
    guard let value, value["type"]?.string == Kind.offer.rawValue, let sdp = value["sdp"]?.string, !sdp.isEmpty else {
      return nil
    }
    self.init(kind: .offer, sdp: sdp)
  }

  /// The members `type` and `sdp`.
  public var json: JSONValue { ["type": .string(kind.rawValue), "sdp": .string(sdp)] }
}
