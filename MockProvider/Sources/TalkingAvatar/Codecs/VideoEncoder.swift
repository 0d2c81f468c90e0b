// Compresses pictures as they come.

/// A real-time encoder: one frame out for each picture in, at once, on the caller's thread.
///
/// Not `Sendable`: whoever encodes owns it. It starts no thread.
public final class VideoEncoder {
  /// Which of the two codecs that every browser is asked for (RFC 7742 section 5).
  public enum Codec: Sendable, Hashable, CaseIterable {
    case vp8
    /// Constrained baseline, `42e01f` up to 1280x720.
    case h264
  }

  /// Bits a second that are accepted.
  public static let bitrates = 30_000...20_000_000
  /// Frames a second that are accepted.
  public static let frameRates = 1...60

  public let codec: Codec
  public let size: PictureSize
  /// The aim, in bits a second.
  public private(set) var bitrate: Int
  private let compressor: any PictureCompressor
  private let framesPerSecond: Int
  private var frames: Int64 = 0

  /// - Parameter bitrate: what to aim at, in bits a second.
  public init(codec: Codec, size: PictureSize, framesPerSecond: Int, bitrate: Int) throws(EncoderError) {
    guard Self.bitrates.contains(bitrate), Self.frameRates.contains(framesPerSecond) else {
      throw EncoderError(.outOfBounds)
    }
    self.codec = codec
    self.size = size
    self.bitrate = bitrate
    self.framesPerSecond = framesPerSecond
    switch codec {
    case .vp8: compressor = try VP8Compressor(size: size, framesPerSecond: framesPerSecond, bitrate: bitrate)
    case .h264: compressor = try H264Compressor(size: size, framesPerSecond: framesPerSecond, bitrate: bitrate)
    }
  }

  /// Compresses one picture. Each gets a frame's share of the bits, however long ago the one before was: told of the
  /// time between them, the codecs would spend on a picture whatever a pause has saved, and take as long to do it.
  ///
  /// - Parameter isKeyFrame: true where the frame must be decodable on its own; the first one always is.
  public func encode(_ picture: Picture, isKeyFrame: Bool = false) throws(EncoderError) -> EncodedFrame {
    guard picture.size == size else { throw EncoderError(.wrongSize) }
    defer { frames += 1 }
    return try compressor.compress(picture, isKeyFrame: isKeyFrame, ticks: frames * 90_000 / Int64(framesPerSecond))
  }

  /// Aims at another number of bits a second from the next frame on.
  public func setBitrate(_ bitrate: Int) throws(EncoderError) {
    guard Self.bitrates.contains(bitrate) else { throw EncoderError(.outOfBounds) }
    try compressor.setBitrate(bitrate)
    self.bitrate = bitrate
  }
}
