// The mouth and the word of a time.
import Testing

@testable import TalkingAvatar

@Suite struct SpeechMomentTests {
  private static let speech = Speech(
    samples: [Int16](repeating: 0, count: Speech.sampleRate),
    mouth: [
      Speech.MouthCue(start: .milliseconds(100), shape: MouthShape(openness: 1, spread: 0.5)),
      Speech.MouthCue(start: .milliseconds(300), shape: .closed),
    ],
    words: [
      Speech.WordCue(start: .milliseconds(100), text: "one "), Speech.WordCue(start: .milliseconds(200), text: "two"),
    ])

  @Test func theMouthHasTheShapeOfTheLatestCue() {
    func openness(_ milliseconds: Int) -> Float { Self.speech.mouth(at: .milliseconds(milliseconds)).openness }
    #expect([-10, 0, 99, 100, 160, 299, 300, 360, 9_999].map(openness) == [0, 0, 0, 1, 1, 1, 0, 0, 0])
  }

  @Test func theWordIsTheLastThatBegan() {
    #expect([0, 99, 100, 199, 200, 5_000].map { Self.speech.word(at: .milliseconds($0)) } == [nil, nil, 0, 0, 1, 1])
  }
}
