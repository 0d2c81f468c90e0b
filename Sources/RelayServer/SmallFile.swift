// Reads files that are read whole.
import Foundation

/// The content of small files: keys and settings.
public enum SmallFile {
  /// - Throws: `CocoaError` when there is no such file or it cannot be read.
  public static func read(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw CocoaError(.fileReadNoSuchFile) }
    return Array(data)
  }
}
