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
  /// Time of the latest frame, on RTP's clock of 90 kHz.
  private var latest: Int64 = -1

  /// - Parameter bitrate: what to aim at, in bits a second.
  public init(codec: Codec, size: PictureSize, framesPerSecond: Int, bitrate: Int) throws(EncoderError) {
    guard Self.bitrates.contains(bitrate), Self.frameRates.contains(framesPerSecond) else {
      throw EncoderError(.outOfBounds)
    }
    self.codec = codec
    self.size = size
    self.bitrate = bitrate
    switch codec {
    case .vp8: compressor = try VP8Compressor(size: size, framesPerSecond: framesPerSecond, bitrate: bitrate)
    case .h264: compressor = try H264Compressor(size: size, framesPerSecond: framesPerSecond, bitrate: bitrate)
    }
  }

  /// Compresses one picture.
  ///
  /// - Parameters:
  ///   - isKeyFrame: true where the frame must be decodable on its own; the first one always is.
  ///   - time: since the session's start. A time that does not advance counts as one that does by the smallest step.
  public func encode(
    _ picture: Picture, isKeyFrame: Bool = false, at time: Duration
  ) throws(EncoderError) -> EncodedFrame {
    guard picture.size == size else { throw EncoderError(.wrongSize) }
    latest = max(latest + 1, time.ticks(of: 90_000))
    return try compressor.compress(picture, isKeyFrame: isKeyFrame, ticks: latest)
  }

  /// Aims at another number of bits a second from the next frame on.
  public func setBitrate(_ bitrate: Int) throws(EncoderError) {
    guard Self.bitrates.contains(bitrate) else { throw EncoderError(.outOfBounds) }
    try compressor.setBitrate(bitrate)
    self.bitrate = bitrate
  }
}
