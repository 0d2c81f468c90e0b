// Reads what C libraries print.
import Foundation

/// Takes this process's standard error until `end()`; for tests that run one at a time.
final class CapturedStandardError {
  private let saved: Int32
  private let file: FileHandle
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("stderr-\(UUID().uuidString)")
    try Data().write(to: url)
    file = try FileHandle(forWritingTo: url)
    saved = dup(STDERR_FILENO)
    dup2(file.fileDescriptor, STDERR_FILENO)
  }

  /// What was printed.
  func end() -> String {
    dup2(saved, STDERR_FILENO)
    close(saved)
    defer { try? FileManager.default.removeItem(at: url) }
    return (try? String(contentsOf: url, encoding: .utf8)) ?? ""
  }
}
