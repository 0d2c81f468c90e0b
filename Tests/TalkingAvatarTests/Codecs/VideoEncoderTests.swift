// What encoders make can be decoded, on its own where it says so, and costs what was asked for.
import Foundation
import Testing

@testable import TalkingAvatar

@Suite struct VideoEncoderTests {
  private static let codecs = VideoEncoder.Codec.allCases

  private static func size(_ width: Int, _ height: Int) -> PictureSize {
    guard let size = try? PictureSize(width: width, height: height) else { preconditionFailure("no such size") }
    return size
  }

  private static func film(_ size: PictureSize, count: Int, seed: String = "film") -> [Picture] {
    let painter = FacePainter(look: FaceLook(seed: seed), size: size, session: "strm_test")
    return (0..<count).map { number in
      let picture = Picture(size: size)
      painter.paint(.speaking(number), into: picture)
      return picture
    }
  }

  @Test(arguments: codecs, [PictureSize.square320, .vga, .hd720, size(151, 203), size(64, 64), size(1080, 1920)])
  func decodesToNearlyTheSame(codec: VideoEncoder.Codec, size: PictureSize) throws {
    let encoder = try VideoEncoder(
      codec: codec, size: size, framesPerSecond: 25, bitrate: max(60_000, size.width * size.height * 3))
    let decoder = PictureDecoder(codec, size: size)
    for (number, picture) in Self.film(size, count: 5).enumerated() {
      let frame = try encoder.encode(picture)
      #expect(frame.isKeyFrame == (number == 0))
      let decoded = try #require(decoder.decode(frame.bytes), "frame \(number) of \(size)")
      #expect(picture.peakSignalToNoise(decoded) > 30, "frame \(number) of \(size)")
    }
  }

  @Test(arguments: codecs) func keyFramesComeOnDemand(codec: VideoEncoder.Codec) throws {
    let encoder = try VideoEncoder(codec: codec, size: .square320, framesPerSecond: 25, bitrate: 400_000)
    let film = Self.film(.square320, count: 40)
    var late: PictureDecoder?
    for (number, picture) in film.enumerated() {
      let isAsked = number == 17 || number == 18
      let frame = try encoder.encode(picture, isKeyFrame: isAsked)
      #expect(frame.isKeyFrame == (isAsked || number == 0), "frame \(number)")
      if number == 17 { late = PictureDecoder(codec, size: .square320) }
      if let late { #expect(late.decode(frame.bytes) != nil, "frame \(number)") }
    }
  }

  @Test(arguments: codecs) func theStripSurvivesTheLowestBitrate(codec: VideoEncoder.Codec) throws {
    for size in [PictureSize.square320, .square512, .vga, .hd720, Self.size(150, 150)] {
      let encoder = try VideoEncoder(
        codec: codec, size: size, framesPerSecond: 30, bitrate: VideoEncoder.bitrates.lowerBound)
      let decoder = PictureDecoder(codec, size: size)
      for (number, picture) in Self.film(size, count: 20).enumerated() {
        let frame = try encoder.encode(picture, isKeyFrame: number == 10)
        let strip = FrameStrip(reading: try #require(decoder.decode(frame.bytes)))
        #expect(strip == FrameStrip(reading: picture) && strip != nil, "frame \(number) of \(size)")
      }
    }
  }

  @Test(arguments: codecs) func theBitrateCanBeLowered(codec: VideoEncoder.Codec) throws {
    let encoder = try VideoEncoder(codec: codec, size: .square320, framesPerSecond: 25, bitrate: 3_000_000)
    func bytes(_ frames: Range<Int>) throws -> Int {
      try frames.reduce(0) { sum, number in
        let picture = Picture(size: .square320)
        picture.fillWithNoise(seed: UInt64(number))
        return try sum + encoder.encode(picture).bytes.count
      }
    }
    let before = try bytes(0..<25)
    try encoder.setBitrate(400_000)
    #expect(encoder.bitrate == 400_000)
    #expect(try bytes(25..<50) < before * 3 / 4)
  }

  @Test(arguments: codecs) func refusesWhatItCannotDo(codec: VideoEncoder.Codec) throws {
    for (rate, bitrate) in [(0, 100_000), (61, 100_000), (25, 0), (25, -1), (25, .max)] {
      #expect(throws: EncoderError(.outOfBounds)) {
        try VideoEncoder(codec: codec, size: .vga, framesPerSecond: rate, bitrate: bitrate)
      }
    }
    let encoder = try VideoEncoder(codec: codec, size: .vga, framesPerSecond: 25, bitrate: 100_000)
    #expect(throws: EncoderError(.wrongSize)) { try encoder.encode(Picture(size: .hd720)) }
    #expect(throws: EncoderError(.outOfBounds)) { try encoder.setBitrate(VideoEncoder.bitrates.upperBound + 1) }
    #expect(encoder.bitrate == 100_000)
  }

  @Test(arguments: codecs) func encodersDoNotDisturbEachOther(codec: VideoEncoder.Codec) throws {
    let films = (0..<6).map { Self.film(.square320, count: 8, seed: "film \($0)") }
    func encoder() throws -> VideoEncoder {
      try VideoEncoder(codec: codec, size: .square320, framesPerSecond: 25, bitrate: 300_000)
    }
    let alone = try films.map { film in
      let encoder = try encoder()
      return try film.map { try encoder.encode($0) }
    }
    let together = try films.map { _ in try encoder() }
    for number in 0..<8 {
      for (index, encoder) in together.enumerated() {
        let frame = try encoder.encode(films[index][number])
        #expect(frame == alone[index][number])
      }
    }
  }

  /// RFC 6184 section 8.1: the offer says 42e01f, so the stream must be constrained baseline of level 3.1.
  @Test func h264IsWhatTheOfferSays() throws {
    let encoder = try VideoEncoder(codec: .h264, size: .vga, framesPerSecond: 25, bitrate: 500_000)
    let bytes = try encoder.encode(Self.film(.vga, count: 1)[0]).bytes
    #expect(Array(bytes.prefix(5)) == [0, 0, 0, 1, 0x67])
    #expect(bytes[5] == 0x42)
    #expect(bytes[6] & 0x40 != 0, "constraint_set1_flag")
    #expect(bytes[7] == 31)
  }

  @Test(arguments: codecs) func twoHundredEncodersLeaveNothingBehind(codec: VideoEncoder.Codec) throws {
    let picture = Self.film(.square320, count: 1)[0]
    func use(_ count: Int) throws {
      for _ in 0..<count {
        let encoder = try VideoEncoder(codec: codec, size: .square320, framesPerSecond: 25, bitrate: 300_000)
        for _ in 0..<3 { _ = try encoder.encode(picture) }
      }
    }
    try use(20)
    let before = try ResidentMemory.kilobytes()
    try use(200)
    // One encoder of this size holds 2 MB or more.
    #expect(try ResidentMemory.kilobytes() - before < 8_000)
  }

  @Test func nothingIsPrinted() throws {
    let errors = try CapturedStandardError()
    for codec in Self.codecs {
      let encoder = try VideoEncoder(codec: codec, size: .square320, framesPerSecond: 25, bitrate: 30_000)
      for _ in 0..<5 { _ = try encoder.encode(Picture(size: .square320)) }
    }
    #expect(errors.end().isEmpty)
  }
}
