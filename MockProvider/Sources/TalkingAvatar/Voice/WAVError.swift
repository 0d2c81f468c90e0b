// Why a WAV file cannot be played.

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
  /// More bytes than ``SpeechLimits/audioBytes``.
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
    case .tooLarge: "it has more than \(SpeechLimits.audioBytes) bytes"
    case .tooLong: "it lasts longer than \(SpeechLimits.duration)"
    }
  }
}
