// The range of a mouth.
import Testing

@testable import TalkingAvatar

@Suite struct MouthShapeTests {
  @Test func numbersStayInTheirRange() {
    let shape = MouthShape(openness: 2, spread: -3)
    #expect(shape == MouthShape(openness: 1, spread: -1))
    #expect(MouthShape(openness: -1, spread: 3) == MouthShape(openness: 0, spread: 1))
  }
}
