// Replays the fuzzers' corpus, and what a few seeded mutations make of it.
import Foundation
import Testing

@testable import MockPeer

@Suite("Peer: fuzz corpus")
struct PeerFuzzCorpusTests {
  static let targets = ["stun", "dtls", "sctp", "rtp", "rtcp", "answer"]
  private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fuzz/corpus")

  @Test(arguments: targets)
  func everyFileAndItsVariants(target: String) throws {
    let folder = Self.corpus.appending(path: target)
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    #expect(files.count >= 2)
    for file in files.sorted(by: { $0.path < $1.path }) {
      let bytes = [UInt8](try Data(contentsOf: file))
      try PeerFuzzProperties.check(target, bytes)
      var random = SeededBits(seed: 0x5EED)
      for _ in 0..<100 { try PeerFuzzProperties.check(target, Self.variant(of: bytes, &random)) }
    }
  }

  private static func variant(of bytes: [UInt8], _ random: inout SeededBits) -> [UInt8] {
    var variant = bytes
    for _ in 0...Int.random(in: 0...3, using: &random) where !variant.isEmpty {
      let at = Int.random(in: 0..<variant.count, using: &random)
      switch Int.random(in: 0...3, using: &random) {
      case 0: variant[at] = UInt8.random(in: 0...255, using: &random)
      case 1: variant.remove(at: at)
      case 2: variant.insert(contentsOf: variant[at..<min(at + 40, variant.count)], at: at)
      default: variant.removeSubrange(at...)
      }
    }
    return variant
  }
}
