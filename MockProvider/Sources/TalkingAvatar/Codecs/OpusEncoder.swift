// Compresses sound by libopus.
import CTalkingAvatar

/// Speech in frames of 20 ms, 48 kHz, one channel, with forward error correction and without pauses in sending.
///
/// Not `Sendable`: whoever encodes owns it.
public final class OpusEncoder {
  /// Samples in a frame: 20 ms at 48 kHz (RFC 6716 section 2.1.4).
  public static let frameSamples = 960
  /// Bits a second that are accepted (RFC 6716 section 2.1.1 has 6 to 510 kbit/s).
  public static let bitrates = 6_000...510_000
  /// The longest packet of one frame, in bytes (RFC 6716 section 3.4, R2).
  private static let longestPacket = 1_275
  /// Loss to prepare for, in percent: libopus then repeats each frame coarsely in the next one. With 5, libopus 1.3.1
  /// left the repetitions out at 32 kbit/s to save bits; with 10 it has them from 24 kbit/s on.
  private static let expectedLoss: Int32 = 10
  /// libopus's effort, 0 to 10; 5 is what it takes for speech on small machines.
  private static let effort: Int32 = 5

  private let encoder: OpaquePointer
  private var packet = [UInt8](repeating: 0, count: longestPacket)

  /// - Parameter bitrate: what to aim at, in bits a second.
  public init(bitrate: Int = 32_000) throws(EncoderError) {
    guard Self.bitrates.contains(bitrate) else { throw EncoderError(.outOfBounds) }
    var status: Int32 = 0
    guard let encoder = opus_encoder_create(48_000, 1, OPUS_APPLICATION_VOIP, &status), status == OPUS_OK else {
      throw EncoderError(.notStarted, status: Int(status))
    }
    self.encoder = encoder
    for (request, value) in [
      (OPUS_SET_BITRATE_REQUEST, Int32(bitrate)), (OPUS_SET_INBAND_FEC_REQUEST, 1), (OPUS_SET_DTX_REQUEST, 0),
      (OPUS_SET_PACKET_LOSS_PERC_REQUEST, Self.expectedLoss), (OPUS_SET_COMPLEXITY_REQUEST, Self.effort),
      (OPUS_SET_SIGNAL_REQUEST, OPUS_SIGNAL_VOICE),
    ] {
      let status = talking_opus_control(encoder, request, value)
      guard status == OPUS_OK else { throw EncoderError(.notStarted, status: Int(status)) }
    }
  }

  deinit { opus_encoder_destroy(encoder) }

  /// Compresses ``frameSamples`` samples to one packet.
  public func encode(_ samples: some RandomAccessCollection<Int16>) throws(EncoderError) -> [UInt8] {
    guard samples.count == Self.frameSamples else { throw EncoderError(.wrongSize) }
    let length = opus_encode(encoder, Array(samples), Int32(Self.frameSamples), &packet, Int32(Self.longestPacket))
    guard length > 0 else { throw EncoderError(.failed, status: Int(length)) }
    return Array(packet.prefix(Int(length)))
  }
}
