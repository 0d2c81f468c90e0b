// Writes WAV files, good ones and broken ones.
@testable import TalkingAvatar

/// A WAV file to be written.
struct VoiceWAV {
  enum Encoding: CaseIterable { case unsigned8, signed16, signed24, signed32, float32, extensible }

  var samples: [Int16]
  var rate: Int
  var channels = 1
  var encoding = Encoding.signed16
  var chunksBefore: [(name: String, content: [UInt8])] = []
  var dataFirst = false

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    Array(name.utf8) + little(content.count, 4) + content + (content.count % 2 == 0 ? [] : [0])
  }

  private var sampleBytes: Int {
    switch encoding {
    case .unsigned8: 1
    case .signed16, .extensible: 2
    case .signed24: 3
    case .signed32, .float32: 4
    }
  }

  private func encoded(_ sample: Int16) -> [UInt8] {
    switch encoding {
    case .unsigned8: [UInt8(truncatingIfNeeded: (Int(sample) >> 8) + 128)]
    case .signed16, .extensible: Self.little(Int(sample), 2)
    case .signed24: Self.little(Int(sample) << 8, 3)
    case .signed32: Self.little(Int(sample) << 16, 4)
    case .float32: Self.little(Int((Float(sample) / 32768).bitPattern), 4)
    }
  }

  var bytes: [UInt8] {
    let frame = channels * sampleBytes
    let tag = encoding == .extensible ? 0xFFFE : encoding == .float32 ? 3 : 1
    var format = Self.little(tag, 2) + Self.little(channels, 2) + Self.little(rate, 4)
    format += Self.little(rate * frame, 4) + Self.little(frame, 2) + Self.little(sampleBytes * 8, 2)
    if encoding == .extensible {
      format += Self.little(22, 2) + Self.little(16, 2) + Self.little(0, 4) + Self.little(1, 2)
      format += [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
    }
    let data = samples.flatMap { sample in (0..<channels).flatMap { _ in encoded(sample) } }
    let last = [Self.chunk("fmt ", format), Self.chunk("data", data)]
    let body = chunksBefore.flatMap { Self.chunk($0.name, $0.content) } + (dataFirst ? last.reversed() : last).joined()
    return Array("RIFF".utf8) + Self.little(body.count + 4, 4) + Array("WAVE".utf8) + body
  }

  /// The same file with some bytes changed.
  private static func changed(_ position: Int, _ value: [UInt8]) -> [UInt8] {
    var bytes = VoiceWAV(samples: [1, 2], rate: 48_000).bytes
    bytes.replaceSubrange(position..<position + value.count, with: value)
    return bytes
  }

  static let broken: [([UInt8], WAVError)] = [
    (Array("ID3\u{4}".utf8), .otherFormat(name: "MP3")), ([0xFF, 0xFB, 0x90, 0], .otherFormat(name: "MP3")),
    (Array("fLaC".utf8), .otherFormat(name: "FLAC")), (Array("OggS".utf8), .otherFormat(name: "Ogg")),
    (Array("\0\0\0 ftypM4A ".utf8), .otherFormat(name: "MPEG-4 audio")), ([], .notWAV), (Array("<html>".utf8), .notWAV),
    (Array("RIFF1234".utf8), .truncated), (Array("RIFF1234AVI ".utf8), .notWAV),
    (Array("RIFF1234WAVE".utf8), .missingChunk(name: "fmt ")), (changed(16, [15]), .truncated),
    (changed(16, [0xFF, 0xFF, 0xFF, 0x7F]), .truncated), (changed(36, Array("dat?".utf8)), .missingChunk(name: "data")),
    (changed(40, [0, 0, 0, 0]), .empty), (changed(20, [85]), .unsupportedEncoding(format: 85, bits: 16)),
    (changed(34, [12]), .unsupportedEncoding(format: 1, bits: 12)), (changed(22, [0]), .unsupportedChannels(0)),
    (changed(22, [6]), .unsupportedChannels(6)), (changed(24, [0, 0, 0, 0]), .unsupportedRate(0)),
    (changed(24, [0xFF, 0xFF, 0xFF, 0xFF]), .unsupportedRate(0xFFFF_FFFF)), (changed(32, [3]), .inconsistentHeader),
  ]
}
