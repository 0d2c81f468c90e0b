// The inputs that the fuzzers start from, for the tests that replay them.
import Foundation

/// `Tests/Fuzz/corpus`, a folder for each fuzzer.
public enum FuzzCorpus {
  private static let folder = Checkout.root.appending(path: "Tests/Fuzz/corpus")
  /// How many variants of each file are tried.
  private static let variants = 100
  /// The most bytes that a variant repeats.
  private static let longestRepetition = 40

  /// The paths of a fuzzer's files, sorted; none when it has no folder.
  public static func files(of fuzzer: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: fuzzer).path)) ?? [])
      .sorted().map { "\(fuzzer)/\($0)" }
  }

  public static func bytes(of file: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: file)))
  }

  /// Tries the file itself and variants of it, always the same ones.
  public static func replay(_ file: String, _ property: ([UInt8]) throws -> Void) throws {
    let bytes = try bytes(of: file)
    try property(bytes)
    var random = SplitMix(seed: 0x5EED)
    for _ in 0..<variants { try property(variant(of: bytes, &random)) }
  }

  private static func variant(of bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    var variant = bytes
    for _ in 0...Int.random(in: 0...3, using: &random) where !variant.isEmpty {
      let at = Int.random(in: 0..<variant.count, using: &random)
      switch Int.random(in: 0...3, using: &random) {
      case 0: variant[at] = UInt8.random(in: 0...255, using: &random)
      case 1: variant.remove(at: at)
      case 2:
        let end = at + Int.random(in: 0...longestRepetition, using: &random)
        variant.insert(contentsOf: variant[at..<min(end, variant.count)], at: at)
      default: variant.removeSubrange(at...)
      }
    }
    return variant
  }
}
