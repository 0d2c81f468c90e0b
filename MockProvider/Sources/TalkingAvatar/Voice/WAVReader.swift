// Reads WAV files (Microsoft: "Multimedia Programming Interface and Data Specifications 1.0", 1991, chapter 3).

/// Reads linear PCM and 32-bit floats, mono or stereo, from the bytes of a WAV file.
public struct WAVReader {
  /// Mono sound at its own rate.
  public struct Sound: Sendable {
    /// Samples in a second.
    public var rate: Int
    public var samples: [Int16]
  }

  /// The most chunks that are looked at.
  public static let maximumChunks = 64
  /// Samples in a second.
  public static let rates = 8_000...96_000

  private let bytes: [UInt8]

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The sound of a file; stereo is mixed down. A `data` chunk that claims more than the file has ends with it, as
  /// files that are written while they grow do.
  public static func read(_ bytes: [UInt8]) throws(WAVError) -> Sound {
    guard bytes.count <= MediaFile.maximumBytes else { throw .tooLarge }
    return try WAVReader(bytes).read()
  }

  private func read() throws(WAVError) -> Sound {
    try checkBeginning()
    var format: WAVFormat?
    var data: Range<Int>?
    var position = 12
    var chunks = 0
    while position + 8 <= bytes.count, format == nil || data == nil {
      chunks += 1
      guard chunks <= Self.maximumChunks else { throw .tooManyChunks }
      let name = bytes[position..<position + 4]
      let start = position + 8
      let size = bytes.littleEndian(at: position + 4, count: 4)
      let end = min(bytes.count, start + size)
      if name.elementsEqual("fmt ".utf8), format == nil {
        guard start + size <= bytes.count else { throw .truncated }
        format = try WAVFormat(bytes[start..<end])
      } else if name.elementsEqual("data".utf8), data == nil {
        data = start..<end
      }
      // Chunks are padded to an even length.
      position = start + size + size % 2
    }
    guard let format else { throw .missingChunk(name: "fmt ") }
    guard let data else { throw .missingChunk(name: "data") }
    return Sound(rate: format.rate, samples: try samples(in: data, format))
  }

  private func checkBeginning() throws(WAVError) {
    let start = bytes.prefix(4)
    if start.starts(with: "ID3".utf8) || (bytes.count > 1 && bytes[0] == 0xFF && bytes[1] & 0xE0 == 0xE0) {
      throw .otherFormat(name: "MP3")
    }
    if start.elementsEqual("fLaC".utf8) { throw .otherFormat(name: "FLAC") }
    if start.elementsEqual("OggS".utf8) { throw .otherFormat(name: "Ogg") }
    if bytes.dropFirst(4).prefix(4).elementsEqual("ftyp".utf8) { throw .otherFormat(name: "MPEG-4 audio") }
    guard start.elementsEqual("RIFF".utf8) else { throw .notWAV }
    guard bytes.count >= 12 else { throw .truncated }
    guard bytes[8..<12].elementsEqual("WAVE".utf8) else { throw .notWAV }
  }

  private func samples(in data: Range<Int>, _ format: WAVFormat) throws(WAVError) -> [Int16] {
    let count = data.count / format.frameBytes
    guard count > 0 else { throw .empty }
    guard count <= format.rate * Int(SpeechLimits.duration.components.seconds) else { throw .tooLong }
    return (0..<count).map { frame in
      let start = data.lowerBound + frame * format.frameBytes
      let sum = (0..<format.channels).reduce(Float(0)) { $0 + value(at: start + $1 * format.sampleBytes, format) }
      return Int16(max(-32768, min(32767, (sum / Float(format.channels) * 32768).rounded())))
    }
  }

  /// A sample, full scale being 1. What is not a number is silence.
  private func value(at position: Int, _ format: WAVFormat) -> Float {
    let bits = bytes.littleEndian(at: position, count: format.sampleBytes)
    if format.isFloat {
      let value = Float(bitPattern: UInt32(bits))
      return value.isFinite ? max(-1, min(1, value)) : 0
    }
    // 8 bits are unsigned, more are signed.
    if format.sampleBytes == 1 { return Float(bits - 128) / 128 }
    let shift = 64 - 8 * format.sampleBytes
    return Float((Int64(truncatingIfNeeded: bits) << shift) >> shift) / Float(Int64(1) << (8 * format.sampleBytes - 1))
  }
}

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

/// What is wrong with the bytes of an audio file.
public enum WAVError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Another format than WAV, by its first bytes.
  case otherFormat(name: String)
  /// No `RIFF` header of a WAVE file.
  case notWAV
  /// It ends inside of a header.
  case truncated
  /// There is no `fmt ` chunk, or no `data` chunk.
  case missingChunk(name: String)
  /// More chunks than ``WAVReader/maximumChunks``.
  case tooManyChunks
  /// Compressed, or of a sample size that is not read.
  case unsupportedEncoding(format: Int, bits: Int)
  /// Neither mono nor stereo.
  case unsupportedChannels(Int)
  /// Not 8,000 to 96,000 samples in a second.
  case unsupportedRate(Int)
  /// The header contradicts itself: the size of a frame is not that of its samples.
  case inconsistentHeader
  /// No complete sample is in it.
  case empty
  /// More bytes than ``MediaFile/maximumBytes``.
  case tooLarge
  /// It lasts longer than ``SpeechLimits/duration``.
  case tooLong

  public var description: String {
    switch self {
    case .otherFormat(let name): "\(name) is not supported, WAV is"
    case .notWAV: "it is not a WAV file"
    case .truncated: "it ends inside of a header"
    case .missingChunk(let name): "it has no chunk named \"\(name)\""
    case .tooManyChunks: "it has more than \(WAVReader.maximumChunks) chunks"
    case .unsupportedEncoding(let format, let bits): "format \(format) with \(bits) bits is not supported, PCM is"
    case .unsupportedChannels(let count): "\(count) channels are not supported, 1 and 2 are"
    case .unsupportedRate(let rate): "\(rate) samples in a second are not supported, 8000 to 96000 are"
    case .inconsistentHeader: "its header contradicts itself"
    case .empty: "it holds no sample"
    case .tooLarge: "it has more than \(MediaFile.maximumBytes) bytes"
    case .tooLong: "it lasts longer than \(SpeechLimits.duration)"
    }
  }
}

extension [UInt8] {
  /// The number in `count` bytes from `position` on, the lowest byte first; all of them are there.
  func littleEndian(at position: Int, count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(self[position + $1]) << (8 * $1) }
  }
}
