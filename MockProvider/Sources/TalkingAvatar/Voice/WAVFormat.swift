// The `fmt ` chunk of a WAV file.

/// How the samples of a WAV file are written.
struct WAVFormat {
  let channels: Int
  /// Samples in a second.
  let rate: Int
  /// Bytes of one sample of one channel.
  let sampleBytes: Int
  let isFloat: Bool

  /// Bytes of one sample of every channel.
  var frameBytes: Int { channels * sampleBytes }

  private static let pcm = 1
  private static let float = 3
  /// WAVE_FORMAT_EXTENSIBLE: the encoding is the beginning of a GUID, 24 bytes into the chunk.
  private static let extensible = 0xFFFE
  /// The rest of the GUID that stands for the older format numbers.
  private static let guidEnd: [UInt8] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]

  init(_ chunk: ArraySlice<UInt8>) throws(WAVError) {
    let bytes = Array(chunk)
    guard bytes.count >= 16 else { throw .truncated }
    let bits = bytes.littleEndian(at: 14, count: 2)
    var format = bytes.littleEndian(at: 0, count: 2)
    if format == Self.extensible {
      guard bytes.count >= 40 else { throw .truncated }
      guard Array(bytes[26..<40]) == Self.guidEnd else { throw .unsupportedEncoding(format: format, bits: bits) }
      format = bytes.littleEndian(at: 24, count: 2)
    }
    channels = bytes.littleEndian(at: 2, count: 2)
    rate = bytes.littleEndian(at: 4, count: 4)
    isFloat = format == Self.float
    guard format == Self.pcm && [8, 16, 24, 32].contains(bits) || isFloat && bits == 32 else {
      throw .unsupportedEncoding(format: format, bits: bits)
    }
    guard (1...2).contains(channels) else { throw .unsupportedChannels(channels) }
    guard WAVReader.rates.contains(rate) else { throw .unsupportedRate(rate) }
    sampleBytes = bits / 8
    guard bytes.littleEndian(at: 12, count: 2) == channels * sampleBytes else { throw .inconsistentHeader }
  }
}
