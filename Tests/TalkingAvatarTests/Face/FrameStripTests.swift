// What is written into a picture can be read from it, and nothing else is read.
import Testing

@testable import TalkingAvatar

@Suite struct FrameStripTests {
  @Test(arguments: [(64, 64), (320, 320), (333, 257), (640, 480), (1280, 720), (1080, 1920)])
  func comesBackFromAPicture(width: Int, height: Int) throws {
    let picture = Picture(size: try PictureSize(width: width, height: height))
    for (frame, time) in [(0, 0), (1, 1_795_000_000_123), (0xF_FFFF, UInt64.max), (0x5_5555, 0xAAAA_AAAA)] {
      let strip = FrameStrip(frameNumber: UInt32(frame), wallClock: time)
      strip.paint(into: picture)
      #expect(FrameStrip(reading: picture) == strip)
    }
  }

  /// The example of docs/mock.md.
  @Test func hasTheBitsOfTheDocument() {
    #expect(FrameStrip(frameNumber: 77, wallClock: 1_795_000_000_000).bits == 0xA000_4DEE_565E_0034)
  }

  @Test func numbersWrapAround() {
    let strip = FrameStrip(frameNumber: 0x12_34567, wallClock: 0x1_0000_0005)
    #expect(strip.frameNumber == 0x34567 && strip.sendTime == 5)
  }

  @Test func oneOrTwoWrongBitsAreNoticed() {
    let bits = FrameStrip(frameNumber: 12_345, wallClock: 1_795_000_000_000).bits
    for first in 0..<64 {
      for second in first..<64 {
        let wrong = bits ^ (1 << UInt64(first)) ^ (first == second ? 0 : 1 << UInt64(second))
        #expect(FrameStrip(bits: wrong) == nil)
      }
    }
  }

  @Test func aPictureWithoutAStripHasNone() {
    #expect(FrameStrip(reading: Picture(size: .vga)) == nil)
  }
}
