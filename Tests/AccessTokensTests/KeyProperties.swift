// Says what must hold of every key file and JWK Set; `Tests/Fuzz/run` compiles this file into its fuzzers too.
import AccessTokens

/// The properties that the fuzzers of keys look for a counterexample of.
enum KeyProperties {
  struct Broken: Error { let what: String }

  private static let begin = Array("-----BEGIN ".utf8)
  private static let longestLine = 512

  /// No file is a key and a secret, PEM is never a secret, and what stands around a key makes no other of it.
  static func file(_ bytes: [UInt8]) throws {
    let key = try? AccessKey(name: "k", keyFile: bytes)
    let secret = try? AccessKey(name: "k", secretFile: bytes)
    guard key == nil || secret == nil else { throw Broken(what: "a key and a secret") }
    guard bytes.firstRange(of: begin) != nil else { return }
    guard secret == nil else { throw Broken(what: "PEM as a secret") }
    let commented = Array("# a comment\n".utf8) + bytes + Array("\nand more".utf8)
    guard (try? AccessKey(name: "k", secretFile: commented)) == nil else { throw Broken(what: "PEM as a secret") }
    // A JWK with such a text in it, and DER, end where they end.
    if let key, let other = try? AccessKey(name: "k", keyFile: commented), other.listed != key.listed {
      throw Broken(what: "a comment changed the key")
    }
  }

  /// The bounds hold, a public set gives no secret, and a strange neighbour takes no key away.
  static func set(_ bytes: [UInt8]) throws {
    for isPublic in [false, true] {
      guard let set = try? KeySet(bytes, isPublic: isPublic) else { continue }
      guard (1...KeySet.maximumCount).contains(set.keys.count), set.leftOut.count <= 21,
        set.leftOut.allSatisfy({ $0.utf8.count <= longestLine })
      else { throw Broken(what: "beyond a bound") }
      guard !isPublic || !set.keys.contains(where: { $0.algorithm == .hs256 }) else { throw Broken(what: "a public secret") }
      guard try AccessKeys([], sets: set.keys).listed.count == set.keys.count else { throw Broken(what: "a key is lost") }
    }
  }
}
