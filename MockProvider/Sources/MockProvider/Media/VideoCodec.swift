// The video codecs that the vendors send.

/// What an offer's video section names.
enum VideoCodec: String, CaseIterable {
  case vp8 = "VP8"
  case h264 = "H264"
}
