// How the peer behind an offer is reached.
import MockPeer

/// The part of an offer that belongs to one session and one peer, whatever the vendor.
struct OfferTerms {
  let credentials: PeerCredentials
  /// The value of `a=fingerprint`.
  let fingerprint: String
  /// At least one.
  let candidates: [PeerCandidate]
  /// True when the peer only answers connectivity checks, which it has to say (RFC 8445 section 2.5).
  let isLite: Bool

  /// The address that `o=` and `c=` lines name, with its type: IPv4 where there is one.
  var address: String {
    let first = candidates.first { !$0.address.contains(":") } ?? candidates.first
    let address = first?.address ?? LoopbackCandidate.address
    return (address.contains(":") ? "IP6 " : "IP4 ") + address
  }

  /// Session-level lines that the vendors do not write.
  var liteness: [String] { isLite ? ["a=ice-lite"] : [] }

  /// The format parameters that H264 is offered with: constrained baseline, packetization mode 1 (RFC 6184 section
  /// 8.1).
  static let h264 = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
}
