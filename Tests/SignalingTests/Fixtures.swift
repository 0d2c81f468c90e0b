// Finds and reads the files that these tests share with others.
import StrictJSON
import TestSupport

import struct Foundation.Data
import class Foundation.FileManager

/// Paths are those from the root of the checkout.
enum Fixtures {
  static func bytes(of path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: Checkout.root.appendingPathComponent(path)))
  }

  static func text(of path: String) throws -> String { String(decoding: try bytes(of: path), as: UTF8.self) }

  /// The names of the files in a folder that end with the given letters, sorted.
  static func names(in folder: String, endingWith end: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: Checkout.root.appendingPathComponent(folder).path)
      .filter { $0.hasSuffix(end) && !$0.hasPrefix(".") }.sorted()
  }

  /// The values of a JSON Lines file. Fixtures may be deeper than messages, since they hold messages.
  static func jsonLines(of path: String) throws -> [JSONValue] {
    try bytes(of: path).split(separator: 0x0A).map { try JSONParser.parse(Array($0), limits: .init(depth: 32)) }
  }
}
