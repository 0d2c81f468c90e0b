// Keeps the samples of a recording in a folder: one file an exchange, each written whole or not at all.
import Foundation
import StrictJSON

/// The files of one recording.
enum SampleFolder {
  /// Most samples of a folder.
  static let sampleLimit = 10_000
  /// The longest sample that is read, in bytes.
  static let longestSample = 4 << 20
  /// Most bytes of all samples together that are read.
  static let totalLimit = 256 << 20

  /// Makes a folder ready to be recorded to: it is made where it is not there, and holds no samples yet, since the stand-ins of
  /// two recordings say different things.
  /// - Throws: ``MockStartError``.
  static func prepare(_ path: String) throws(MockStartError) {
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      throw MockStartError(description: "--to \(path) cannot be made a folder")
    }
    // Tried out, since permissions alone do not say so: of a file system that is read-only, or to root.
    let probe = URL(filePath: path).appending(path: ".probe")
    do {
      try Data().write(to: probe)
      try FileManager.default.removeItem(at: probe)
    } catch { throw MockStartError(description: "--to \(path) cannot be written") }
    guard try names(in: path, option: "--to").isEmpty else {
      throw MockStartError(description: "--to \(path) holds samples already; each recording has a folder of its own")
    }
  }

  /// Writes a sample.
  /// - Returns: the name of its file.
  /// - Throws: what the file system says.
  static func write(_ exchange: RecordedExchange, number: Int, named label: String, to path: String) throws -> String {
    let digits = String(number)
    let name = String(repeating: "0", count: max(0, 5 - digits.count)) + digits + "-\(label)-\(exchange.status).json"
    let data = Data(exchange.json.text.utf8 + [0x0A])
    try data.write(to: URL(filePath: path).appending(path: name), options: .atomic)
    return name
  }

  /// Reads all samples of a folder, in the order of their names.
  /// - Throws: ``MockStartError`` with the name of the first file that is none.
  static func load(_ path: String) throws(MockStartError) -> [(name: String, exchange: RecordedExchange)] {
    let names = try names(in: path, option: "--replay")
    guard !names.isEmpty else { throw MockStartError(description: "--replay \(path) holds no samples") }
    guard names.count <= sampleLimit else { throw MockStartError(description: "--replay \(path) holds more than \(sampleLimit) samples") }
    var samples: [(name: String, exchange: RecordedExchange)] = []
    var total = 0
    for name in names {
      let file = "\(path)/\(name)"
      guard let data = FileManager.default.contents(atPath: file), data.count <= longestSample else {
        throw MockStartError(description: "--replay \(file) cannot be read, or is longer than \(longestSample) bytes")
      }
      total += data.count
      guard total <= totalLimit else { throw MockStartError(description: "--replay \(path) holds more than \(totalLimit) bytes") }
      do { samples.append((name, try RecordedExchange(try JSONParser.parse(Array(data))))) } catch {
        throw MockStartError(description: "--replay \(file) is no sample: \(error)")
      }
    }
    return samples
  }

  private static func names(in path: String, option: String) throws(MockStartError) -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".json") }.sorted() } catch {
      throw MockStartError(description: "\(option) \(path) is no folder that can be read")
    }
  }
}
