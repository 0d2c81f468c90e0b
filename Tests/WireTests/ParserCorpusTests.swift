// Replays the corpus of the HTTP and WebSocket fuzzers, with seeded variants of each input.
import TestSupport
import Testing

@Suite("Parser corpus")
struct ParserCorpusTests {
  static let http = FuzzCorpus.files(of: "http")
  static let frames = FuzzCorpus.files(of: "frames")
  static let forwarded = FuzzCorpus.files(of: "forwarded")

  @Test("there is a corpus")
  func corpus() { #expect(Self.http.count >= 10 && Self.frames.count >= 15 && Self.forwarded.count >= 8) }

  @Test("requests", arguments: http)
  func request(file: String) throws { try FuzzCorpus.replay(file, ParserProperties.http) }

  @Test("addresses of clients", arguments: forwarded)
  func forwardedHeader(file: String) throws { try FuzzCorpus.replay(file, ParserProperties.forwarded) }

  @Test("frames", arguments: frames)
  func frame(file: String) throws { try FuzzCorpus.replay(file, ParserProperties.frames) }
}
