// Replays the corpus of the fuzzers of messages and SDP, with seeded variants of each input.
import TestSupport
import Testing

@Suite("Fuzz corpus")
struct FuzzCorpusTests {
  static let messages = FuzzCorpus.files(of: "message")
  static let descriptions = FuzzCorpus.files(of: "sdp")

  @Test("there is a corpus")
  func corpus() { #expect(Self.messages.count >= 10 && Self.descriptions.count >= 5) }

  @Test("messages", arguments: messages)
  func message(file: String) throws { try FuzzCorpus.replay(file, FuzzProperties.message) }

  @Test("descriptions and candidates", arguments: descriptions)
  func sdp(file: String) throws { try FuzzCorpus.replay(file, FuzzProperties.sdp) }
}
