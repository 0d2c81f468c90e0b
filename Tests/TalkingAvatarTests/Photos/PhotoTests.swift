// Whatever somebody sends as a photo ends in a picture or in an error with a name.
import Testing

@testable import TalkingAvatar

@Suite struct PhotoTests {
  @Test func decodesBothFormats() throws {
    let jpeg = try Photo(decoding: PhotoFiles.jpeg)
    #expect(jpeg.width == 48 && jpeg.height == 64)
    let png = try Photo(decoding: PhotoFiles.png)
    #expect(png.width == 40 && png.height == 30)
    #expect(Set(jpeg.pixels).count > 20 && Set(png.pixels).count > 2)
  }

  @Test(arguments: [PhotoFiles.jpeg, PhotoFiles.png]) func truncatedFilesDoNoHarm(file: [UInt8]) {
    for length in 0..<file.count { _ = Self.outcome(Array(file.prefix(length))) }
    #expect(Self.outcome(Array(file.prefix(20))) != nil)
    #expect(Self.outcome(file) == nil)
  }

  @Test(arguments: [PhotoFiles.jpeg, PhotoFiles.png]) func flippedBitsDoNoHarm(file: [UInt8]) {
    var draw = StableHash("flipped bits")
    var refused = 0
    for _ in 0..<1_500 {
      var bytes = file
      for _ in 0..<(1 + draw.next() % 6) {
        bytes[Int(draw.next() % UInt64(file.count))] ^= UInt8(1 << (draw.next() % 8))
      }
      if Self.outcome(bytes) != nil { refused += 1 }
    }
    #expect(refused > 0)
  }

  @Test func refusesBeforeItDecodes() {
    #expect(Self.outcome([UInt8](repeating: 0xFF, count: MediaFile.maximumBytes + 1)) == .tooManyBytes)
    #expect(Self.outcome([]) == .unknownFormat)
    #expect(Self.outcome(Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8)) == .unknownFormat)
    #expect(Self.outcome(Array("GIF89a".utf8)) == .unknownFormat)
  }

  /// A header that promises more than memory has.
  @Test func refusesHugeHeaders() {
    var jpeg = PhotoFiles.jpeg
    guard let frame = jpeg.indices.dropLast(9).first(where: { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 }) else {
      Issue.record("no frame header")
      return
    }
    for (index, byte) in zip((frame + 5)...(frame + 8), [0x30, 0x00, 0x30, 0x00] as [UInt8]) { jpeg[index] = byte }
    #expect(Self.outcome(jpeg) == .tooManyPixels)
  }

  @Test func aPhotoSpeaks() throws {
    let photo = try Photo(decoding: PhotoFiles.jpeg)
    let painter = FacePainter(look: FaceLook(seed: "photo"), photo: photo, size: .square320, session: "strm_1")
    let quiet = Picture(size: .square320)
    let loud = Picture(size: .square320)
    painter.paint(FaceMoment(frameNumber: 1, elapsed: .zero, wallClock: 0), into: quiet)
    painter.paint(
      FaceMoment(frameNumber: 1, elapsed: .zero, wallClock: 0, mouth: MouthShape(openness: 1)), into: loud)
    #expect(loud.differences(quiet) > 300)
    #expect(FrameStrip(reading: loud) == FrameStrip(frameNumber: 1, wallClock: 0))
  }

  /// Why bytes are no photo; nil if they are one.
  private static func outcome(_ bytes: [UInt8]) -> PhotoError? {
    do throws(PhotoError) {
      _ = try Photo(decoding: bytes)
      return nil
    } catch {
      return error
    }
  }
}
