// A face is recognised, blinks, speaks, and is painted the same way however it is painted.
import Testing

@testable import TalkingAvatar

@Suite struct FacePainterTests {
  private static func painter(_ seed: String, _ size: PictureSize = .square320) -> FacePainter {
    FacePainter(look: FaceLook(seed: seed), size: size, session: "strm_abc")
  }

  private static func moment(
    _ elapsed: Duration = .zero, _ openness: Float = 0, talk: FaceMoment.Talk = .idle
  ) -> FaceMoment {
    FaceMoment(frameNumber: 5, elapsed: elapsed, wallClock: 9, mouth: MouthShape(openness: openness), talk: talk)
  }

  private static func paint(_ seed: String, _ moment: FaceMoment, _ size: PictureSize = .square320) -> Picture {
    let picture = Picture(size: size)
    painter(seed, size).paint(moment, into: picture)
    return picture
  }

  @Test func theSameAvatarLooksTheSame() {
    #expect(Self.paint("anna", Self.moment()).bytes == Self.paint("anna", Self.moment()).bytes)
    #expect(Self.paint("anna", Self.moment()).differences(Self.paint("bert", Self.moment())) > 2_000)
  }

  @Test func avatarsAreToldApart() {
    #expect(Set((0..<200).map { FaceLook(seed: "https://example.com/\($0).jpg") }).count == 200)
    let hair = Set((0..<200).map { FaceLook(seed: "\($0)").hair })
    #expect(hair.count == FaceLook.Hair.allCases.count)
  }

  /// What was painted over the last frame is what would have been painted from nothing.
  @Test(arguments: ["anna", "b", "c", "d"]) func paintingOverLeavesNothingBehind(seed: String) {
    let painter = Self.painter(seed)
    let reused = Picture(size: .square320)
    for number in stride(from: 0, to: 200, by: 7) {
      var moment = FaceMoment.speaking(number)
      if number % 3 == 0 { moment.talk = .idle }
      painter.paint(moment, into: reused)
      if number % 5 == 0 { #expect(Self.paint(seed, moment).bytes == reused.bytes, "frame \(number)") }
    }
  }

  @Test(arguments: ["anna", "bert", "https://example.com/face.jpg"]) func eyesBlinkWithoutRegularity(seed: String) throws {
    let motion = FaceMotion(seed: FaceLook(seed: seed).seed)
    var blinks: [Int] = []
    var wasOpen = true
    for millisecond in stride(from: 0, to: 60_000, by: 20) {
      let isOpen = motion.lids(at: .milliseconds(millisecond)) > 0.1
      if wasOpen, !isOpen { blinks.append(millisecond) }
      wasOpen = isOpen
    }
    #expect((14...20).contains(blinks.count))
    #expect(Set(zip(blinks, blinks.dropFirst()).map { $1 - $0 }).count > 8)
    let blink = try #require(blinks.first)
    let closed = Self.paint(seed, Self.moment(.milliseconds(blink)))
    let open = Self.paint(seed, Self.moment(.milliseconds(blink - 400)))
    let eyes = Rectangle(left: 110, top: 100, right: 210, bottom: 150)
    #expect(closed.differences(open, in: eyes) > 60)
  }

  @Test func theMouthOpensWithTheShape() {
    let mouth = Rectangle(left: 120, top: 155, right: 200, bottom: 215)
    let closed = Self.paint("anna", Self.moment())
    let changes = [0.25, 0.5, 1].map { Self.paint("anna", Self.moment(.zero, $0)).differences(closed, in: mouth) }
    #expect(changes[0] > 20 && changes[0] < changes[1] && changes[1] < changes[2])
  }

  @Test func theClockRuns() {
    let corner = Rectangle(left: 240, top: 0, right: 320, bottom: 22)
    let first = Self.paint("anna", Self.moment(.seconds(1)))
    let later = Self.paint("anna", Self.moment(.seconds(75)))
    #expect(first.differences(later, in: corner) > 5)
  }

  /// HeyGen's demo page removes what has g > 90, r < 90 and b < 90.
  @Test func onlyTheBackdropIsGreen() {
    for index in 0..<60 {
      let look = FaceLook(seed: "\(index)", backdrop: .green)
      for colour in [
        look.skin, look.hairColour, look.eyes, look.eyes.darker(0.35), look.clothes, look.collar, look.lips,
      ] { #expect(!colour.isKeyed, "\(index)") }
    }
    #expect(FaceLook.screenGreen.isKeyed)
    let picture = Picture(size: .square320)
    FacePainter(look: FaceLook(seed: "anna", backdrop: .green), size: .square320, session: "s")
      .paint(Self.moment(), into: picture)
    #expect(picture.luma(x: 5, y: 60) == Ink(FaceLook.screenGreen).luma)
  }

  @Test func strangeMomentsDoNoHarm() {
    let painter = Self.painter("anna")
    let picture = Picture(size: .square320)
    var broken = MouthShape.closed
    (broken.openness, broken.spread) = (.nan, .infinity)
    let words = [Speech.WordCue(start: .zero, text: "word")]
    for elapsed: Duration in [.seconds(-5), .zero, .seconds(Int64.max / 100), .seconds(Int64.min / 100)] {
      for current in [nil, -1, 0, 1, Int.max] {
        painter.paint(
          FaceMoment(
            frameNumber: .max, elapsed: elapsed, wallClock: .max, mouth: broken,
            talk: .speaking(words: words, current: current)), into: picture)
      }
    }
    #expect(FrameStrip(reading: picture) != nil)
  }

  @Test(arguments: [(64, 64), (65, 1_001), (1_001, 65), (1_920, 1_080), (853, 480)])
  func everySizeIsPainted(width: Int, height: Int) throws {
    let size = try PictureSize(width: width, height: height)
    #expect(size.width % 2 == 0 && size.height % 2 == 0)
    let picture = Self.paint("anna", .speaking(3), size)
    #expect(FrameStrip(reading: picture) != nil)
    #expect(Set(picture.bytes).count > 20)
  }

  @Test(arguments: [(63, 64), (64, 1_921), (0, 0), (-4, 100), (Int.max, 100)])
  func sizesHaveBounds(width: Int, height: Int) {
    #expect(throws: PictureSize.Refusal.outOfBounds) { try PictureSize(width: width, height: height) }
  }
}

extension Colour {
  fileprivate var isKeyed: Bool { green > 90 && red < 90 && blue < 90 }
}
