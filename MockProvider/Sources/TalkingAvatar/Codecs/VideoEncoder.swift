// Compresses pictures as they come, with either codec.

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

/// One codec's library behind ``VideoEncoder``, which has checked sizes and bounds.
protocol PictureCompressor: AnyObject {
  /// - Parameter ticks: time at 90 kHz, greater than in the call before.
  func compress(_ picture: Picture, isKeyFrame: Bool, ticks: Int64) throws(EncoderError) -> EncodedFrame
  /// Bits a second.
  func setBitrate(_ bitrate: Int) throws(EncoderError)
}

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

/// A codec's refusal. None of them can be helped by trying the same again.
public struct EncoderError: Error, Sendable, Hashable {
  public enum Code: Sendable, Hashable {
    /// The library refused the settings: this program's mistake, or a library that misses a part.
    case notStarted
    /// A picture of another size than the encoder's, or a frame of sound of another length.
    case wrongSize
    /// A number of bits or of frames a second outside its range.
    case outOfBounds
    /// The library failed with a picture or with sound.
    case failed
  }

  public let code: Code
  /// The library's own number, 0 where it was not asked.
  public let status: Int

  init(_ code: Code, status: Int = 0) {
    self.code = code
    self.status = status
  }
}

extension Duration {
  /// Whole ticks of a clock of so many hertz, rounded down.
  func ticks(of rate: Int64) -> Int64 {
    let (seconds, fraction) = components
    // A hundred millionth of a second is finer than any media clock, and leaves room to multiply.
    return seconds &* rate &+ fraction / 10_000_000_000 * rate / 100_000_000
  }
}
