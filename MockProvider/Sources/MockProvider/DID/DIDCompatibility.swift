// D-ID's `compatibility_mode`.
import MockPeer

/// Which codec a stream is sent in (D-ID's live streaming guide: on is VP8, off is H264, auto is by browser).
enum DIDCompatibility: String, CaseIterable {
  case on, off, auto

  /// The codecs of the offer. The one captured 2025-08 with `auto` has H264, so that comes first there; a browser that
  /// has none answers with VP8.
  var codecs: [PeerVideoCodec] {
    switch self {
    case .on: [.vp8]
    case .off: [.h264]
    case .auto: [.h264, .vp8]
    }
  }
}
