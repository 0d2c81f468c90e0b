// Replays the corpus of the HTTP and WebSocket fuzzers, with seeded variants of each input.
import TestSupport
import Testing

@Suite("Parser corpus")
struct ParserCorpusTests {
  static let http = FuzzCorpus.files(of: "http")
  static let frames = FuzzCorpus.files(of: "frames")

  @Test("there is a corpus")
  func corpus() { #expect(Self.http.count >= 10 && Self.frames.count >= 15) }

  @Test("requests", arguments: http)
  func request(file: String) throws { try FuzzCorpus.replay(file, ParserProperties.http) }

  @Test("frames", arguments: frames)
  func frame(file: String) throws { try FuzzCorpus.replay(file, ParserProperties.frames) }
}
