// One picture, compressed.

/// What a packetiser sends: a VP8 frame (RFC 6386), or an H.264 access unit in Annex B form, parameter sets included
/// in key frames.
public struct EncodedFrame: Sendable, Hashable {
  public var bytes: [UInt8]
  /// It can be decoded without any frame before.
  public var isKeyFrame: Bool

  public init(bytes: [UInt8], isKeyFrame: Bool) {
    self.bytes = bytes
    self.isKeyFrame = isKeyFrame
  }
}
