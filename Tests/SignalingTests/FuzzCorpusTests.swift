// Replays the fuzzers' corpus, and what a few seeded mutations make of it.
import Signaling
import StrictJSON
import Testing

@Suite("Fuzz corpus")
struct FuzzCorpusTests {
  static let folder = "Tests/Fuzz/corpus"
  static let messages = (try? Fixtures.names(in: "\(folder)/message")) ?? []
  static let descriptions = (try? Fixtures.names(in: "\(folder)/sdp")) ?? []

  @Test("there is a corpus")
  func corpus() { #expect(Self.messages.count >= 10 && Self.descriptions.count >= 5) }

  @Test("messages", arguments: messages)
  func message(file: String) throws {
    try Self.replay("message/\(file)", FuzzProperties.message)
  }

  @Test("descriptions and candidates", arguments: descriptions)
  func sdp(file: String) throws {
    try Self.replay("sdp/\(file)", FuzzProperties.sdp)
  }

  /// The file itself and 100 variants of it, always the same ones.
  private static func replay(_ file: String, _ property: ([UInt8]) throws -> Void) throws {
    let bytes = try Fixtures.bytes(of: "\(folder)/\(file)")
    try property(bytes)
    var state: UInt64 = 0x5EED
    func random(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(max(bound, 1)))
    }
    for _ in 0..<100 {
      var mutant = bytes
      for _ in 0...random(below: 3) where !mutant.isEmpty {
        let at = random(below: mutant.count)
        switch random(below: 4) {
        case 0: mutant[at] = UInt8(random(below: 256))
        case 1: mutant.remove(at: at)
        case 2: mutant.insert(contentsOf: mutant[at..<min(at + random(below: 40), mutant.count)], at: at)
        default: mutant.removeSubrange(at...)
        }
      }
      try property(mutant)
    }
  }
}
