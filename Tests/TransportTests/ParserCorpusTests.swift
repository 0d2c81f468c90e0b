// Replays the corpus of the HTTP and WebSocket fuzzers, with seeded variants of each input.
import Foundation
import Testing

@Suite("Parser corpus")
struct ParserCorpusTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fuzz/corpus")
  static let http = names(in: "http")
  static let frames = names(in: "frames")

  @Test("there is a corpus")
  func corpus() { #expect(Self.http.count >= 10 && Self.frames.count >= 15) }

  @Test("requests", arguments: http)
  func request(file: String) throws { try Self.replay("http/\(file)", ParserProperties.http) }

  @Test("frames", arguments: frames)
  func frame(file: String) throws { try Self.replay("frames/\(file)", ParserProperties.frames) }

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: Self.folder.appendingPathComponent(folder).path)) ?? [])
      .sorted()
  }

  /// The file itself and 100 variants of it, always the same ones.
  private static func replay(_ file: String, _ property: ([UInt8]) throws -> Void) throws {
    let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent(file)))
    try property(bytes)
    var state: UInt64 = 0x5EED
    func random(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(max(bound, 1)))
    }
    for _ in 0..<100 {
      var variant = bytes
      for _ in 0...random(below: 3) where !variant.isEmpty {
        let at = random(below: variant.count)
        switch random(below: 4) {
        case 0: variant[at] = UInt8(random(below: 256))
        case 1: variant.remove(at: at)
        case 2: variant.insert(contentsOf: variant[at..<min(at + random(below: 40), variant.count)], at: at)
        default: variant.removeSubrange(at...)
        }
      }
      try property(variant)
    }
  }
}
