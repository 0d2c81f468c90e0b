// Reads small files whole, keys and settings, and says why one cannot be read.
import Foundation

/// Reads small files whole.
public enum SmallFile {
  /// Why a file or a folder cannot be read.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// In the system's words.
    public let description: String

    /// - Parameter error: what Foundation threw.
    init(_ error: any Error) {
      let cause = (error as? CocoaError)?.underlying ?? error
      description = (cause as? POSIXError).map { String(cString: strerror($0.code.rawValue)) } ?? "\(cause)"
    }
  }

  /// The bytes of a file.
  public static func read(_ path: String) throws(Failure) -> [UInt8] {
    do { return Array(try Data(contentsOf: URL(fileURLWithPath: path))) } catch { throw Failure(error) }
  }
}

extension ConfigurationError {
  /// A file or a folder that cannot be read.
  /// - Parameter setting: what names it.
  public init(unreadable path: String, of setting: String, _ cause: any Error) {
    self.init(.unreadableFile, "\(setting) \(path) cannot be read: \(cause)")
  }
}
