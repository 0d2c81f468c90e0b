// Files that may be shown and played: those beneath a folder that was allowed.
import Glibc

/// Reads `file:` URLs.
enum MediaFolder {
  /// The longest URL in bytes; paths have at most 4096 on Linux.
  static let maximumURLBytes = 16_384

  /// The content of a file, read on another thread than the caller's.
  /// - Throws: `.notAURL`, `.otherHost`, `.otherFolder`, `.noFile`, `.tooLarge`.
  @concurrent static func bytes(of url: String, folders: [String]) async throws(MediaRefusal) -> [UInt8] {
    let path = try path(of: url)
    let allowed = folders.compactMap(resolved)
    // A file outside is not told from one that does not exist.
    guard let file = resolved(path), isInside(file, allowed) else { throw .otherFolder }
    let descriptor = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .noFile }
    defer { close(descriptor) }
    // A folder on the way may have become a link since: what was opened counts.
    guard let opened = resolved("/proc/self/fd/\(descriptor)"), isInside(opened, allowed) else { throw .otherFolder }
    return try content(of: descriptor)
  }

  /// `file:///path` or `file://localhost/path` (RFC 8089).
  private static func path(of url: String) throws(MediaRefusal) -> String {
    guard url.utf8.count <= maximumURLBytes, url.dropFirst(5).hasPrefix("//") else { throw .notAURL }
    let rest = url.dropFirst(7)
    let host = rest.prefix { $0 != "/" }
    guard host.isEmpty || host.lowercased() == "localhost" else { throw .otherHost }
    let encoded = rest.dropFirst(host.count)
    guard encoded.hasPrefix("/"), !encoded.contains("?"), !encoded.contains("#"),
      let path = PercentEncoding.decode(encoded), !path.utf8.contains(0)
    else { throw .notAURL }
    return path
  }

  /// The path without links, `.` and `..`; nil where nothing is there.
  private static func resolved(_ path: String) -> String? {
    guard !path.isEmpty, let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(validatingCString: resolved)
  }

  private static func isInside(_ file: String, _ folders: [String]) -> Bool {
    folders.contains { file.utf8.starts(with: ($0 == "/" ? "/" : $0 + "/").utf8) }
  }

  private static func content(of descriptor: Int32) throws(MediaRefusal) -> [UInt8] {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .noFile }
    guard status.st_size <= MediaSource.maximumBytes else { throw .tooLarge }
    var content: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    // It may grow meanwhile; one byte too many is enough to know.
    while content.count <= MediaSource.maximumBytes {
      let count = read(descriptor, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .noFile }
      if count == 0 { break }
      content += part[..<count]
    }
    return content
  }
}
