// D-ID's `compatibility_mode`.

/// Which codec a stream is sent in (D-ID's live streaming guide: on is VP8, off is H264, auto is by browser).
enum DIDCompatibility: String, CaseIterable {
  case on, off, auto

  /// The codec; H264 for `auto`, as in the offer captured 2025-08.
  var codec: VideoCodec { self == .on ? .vp8 : .h264 }
}
