// Decides where the mock takes pictures and sound from: the URL itself, a folder that was allowed, this machine.
// Nowhere else.
import Basics
import Foundation
import Glibc
import ProviderHTTP
import TalkingAvatar
import Wire

/// Loads what a `source_url`, `driver_url` or `audio_url` names, if it lies on this machine.
///
/// It accepts `data:` URLs, `file:` URLs of regular files beneath an allowed folder, and `http:` or `https:` URLs whose
/// host is literally this machine's. For everything else nothing is sent, looked up or opened.
public struct MediaSource: Sendable {
  /// The longest URL in bytes: a `data:` URL of ``MediaFile/maximumBytes`` in base64, and a little.
  public static let maximumURLBytes = 14 << 20
  /// How long a loopback server may take.
  public static let patience = Duration.seconds(5)

  private let folders: [String]
  private let client: any ProviderHTTPClient
  private let refusedPorts: Set<UInt16>

  /// - Parameters:
  ///   - folders: what `--media-folder` allows.
  ///   - client: sends requests to this machine; it must not follow redirects, and ``ProviderHTTPClient`` does not.
  ///   - refusedPorts: the mock's own, so that no URL reaches its control surface.
  public init(folders: [String], client: any ProviderHTTPClient, refusedPorts: Set<UInt16>) {
    self.folders = folders
    self.client = client
    self.refusedPorts = refusedPorts
  }

  /// The bytes behind a URL, or why there are none. A file is read on another thread than the caller's.
  public func load(_ url: String) async -> MediaOutcome {
    do throws(MediaRefusal) {
      guard url.utf8.count <= Self.maximumURLBytes else { throw .tooLarge }
      let bytes = try await bytes(of: url)
      guard !bytes.isEmpty else { throw .empty }
      guard bytes.count <= MediaFile.maximumBytes else { throw .tooLarge }
      return .loaded(bytes)
    } catch {
      return .notLoaded(error)
    }
  }

  private func bytes(of url: String) async throws(MediaRefusal) -> [UInt8] {
    guard let colon = url.prefix(8).firstIndex(of: ":") else { throw .notAURL }
    switch url[..<colon].lowercased() {
    case "data": return try await DataURL.bytes(of: url)
    case "file": return try await MediaFolder.bytes(of: url, folders: folders)
    case "http", "https": return try await fetch(LoopbackURL(url))
    default: throw .otherScheme
    }
  }

  private func fetch(_ url: LoopbackURL) async throws(MediaRefusal) -> [UInt8] {
    guard !refusedPorts.contains(url.port) else { throw .ownPort }
    let request = ProviderRequest(
      method: "GET", url: url.text, repeatability: .repeatable, timeout: Self.patience,
      maximumResponseBytes: MediaFile.maximumBytes)
    let response: ProviderResponse
    do throws(ProviderHTTPFailure) { response = try await client.send(request) } catch { throw .failed(error.code) }
    guard !(300...399).contains(response.status) else { throw .redirected }
    guard response.status == 200 else { throw .status(response.status) }
    return response.body
  }
}

/// The bytes behind a URL, or why there are none: for the URLs of vendors' own servers there never are.
public enum MediaOutcome: Sendable, Hashable {
  case loaded([UInt8])
  case notLoaded(MediaRefusal)
}

/// Why nothing is loaded from a URL. It holds nothing of the URL, which may be signed.
public enum MediaRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  /// Not a URL, or one with characters that no URL has.
  case notAURL
  /// Neither `data`, `file`, `http` nor `https`.
  case otherScheme
  /// Its host is not literally this machine's; nothing was sent to it.
  case otherHost
  /// A port of the mock itself.
  case ownPort
  /// A file outside of every folder that was allowed, or one that does not exist: the two are not told apart.
  case otherFolder
  /// No regular file, or one that may not be read.
  case noFile
  /// A `data:` URL that cannot be decoded.
  case malformedData
  /// Larger than ``MediaFile/maximumBytes``.
  case tooLarge
  case empty
  /// The loopback server sends elsewhere; that is not followed.
  case redirected
  /// The loopback server answered with another status than 200.
  case status(Int)
  /// The loopback server gave no answer.
  case failed(ProviderHTTPFailure.Code)

  public var description: String {
    switch self {
    case .notAURL: "not a URL"
    case .otherScheme: "data, file, http and https are loaded, other schemes are not"
    case .otherHost: "the mock is offline: only 127.0.0.0/8, [::1] and localhost are loaded from"
    case .ownPort: "the mock does not load from itself"
    case .otherFolder: "no such file in a folder that --media-folder allows"
    case .noFile: "not a regular file, or it may not be read"
    case .malformedData: "the data URL cannot be decoded"
    case .tooLarge: "larger than \(MediaFile.maximumBytes) bytes"
    case .empty: "empty"
    case .redirected: "the server sends elsewhere, which is not followed"
    case .status(let status): "the server answered with status \(status)"
    case .failed(let code): "no answer: \(code.rawValue)"
    }
  }
}

/// Decodes `data:` URLs.
enum DataURL {
  /// The bytes of a URL that begins with `data:`, decoded on another thread than the caller's.
  /// - Throws: `.malformedData`.
  @concurrent static func bytes(of url: String) async throws(MediaRefusal) -> [UInt8] {
    guard let comma = url.firstIndex(of: ","), let raw = PercentEncoding.bytes(of: url[url.index(after: comma)...])
    else { throw .malformedData }
    guard url[..<comma].lowercased().hasSuffix(";base64") else { return raw }
    // Browsers take base64 without its padding, too.
    let padding = Array(
      repeating: UInt8(ascii: "="), count: raw.last == UInt8(ascii: "=") ? 0 : (4 - raw.count % 4) % 4)
    guard let data = Data(base64Encoded: Data(raw + padding)) else { throw .malformedData }
    return Array(data)
  }
}

/// A first look at a URL that a client posts. The vendors take public URLs only; the mock takes these too, since it
/// never leaves the machine. Whether one can really be loaded is decided when it is.
enum LocalURL {
  /// The longest one; `data:` URLs hold the file itself.
  static let maximumBytes = MediaSource.maximumURLBytes
  private static let prefixes = [
    "data:", "file:", "http://127.", "https://127.", "http://localhost", "https://localhost", "http://[::1]",
    "https://[::1]",
  ]

  static func isLocal(_ url: String) -> Bool { prefixes.contains(where: url.hasPrefix) }
}

/// A URL taken apart strictly and put together anew, so that no other reader of it can see another host.
struct LoopbackURL: Equatable {
  /// The longest URL in bytes.
  static let maximumBytes = 8192

  /// An address instead of a name, always with its port and without a fragment.
  let text: String
  let port: UInt16

  /// - Throws: `.notAURL`, or `.otherHost` for every host that is not literally loopback.
  init(_ url: String) throws(MediaRefusal) {
    guard url.utf8.count <= Self.maximumBytes,
      url.utf8.allSatisfy({ $0.isVisibleASCII && $0 != UInt8(ascii: "\\") }),
      let separator = url.firstRange(of: "://")
    else { throw .notAURL }
    let scheme = url[..<separator.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { throw .otherScheme }
    let rest = url[separator.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    let (host, port) = try Self.split(authority)
    guard HostName.isLoopback(host) else { throw .otherHost }
    // `localhost` (RFC 6761 section 6.3) is not looked up.
    let address = host.lowercased() == "localhost" ? "127.0.0.1" : String(host)
    self.port = port ?? (scheme == "http" ? 80 : 443)
    let target = rest.dropFirst(authority.count).prefix { $0 != "#" }
    text = "\(scheme)://\(address):\(self.port)\(target.hasPrefix("/") ? "" : "/")\(target)"
  }

  /// A user name in front of a host is never taken: it serves to pass for another host.
  private static func split(_ authority: Substring) throws(MediaRefusal) -> (host: Substring, port: UInt16?) {
    var host = authority.prefix { $0 != ":" }
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else { throw .notAURL }
      host = authority[...end]
    }
    let tail = authority.dropFirst(host.count)
    if tail.isEmpty { return (host, nil) }
    let digits = tail.dropFirst()
    guard tail.first == ":", digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { throw .otherHost }
    guard let port = UInt16(digits), port > 0 else { throw .notAURL }
    return (host, port)
  }
}

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
    guard status.st_size <= MediaFile.maximumBytes else { throw .tooLarge }
    var content: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    // It may grow meanwhile; one byte too many is enough to know.
    while content.count <= MediaFile.maximumBytes {
      let count = read(descriptor, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .noFile }
      if count == 0 { break }
      content += part[..<count]
    }
    return content
  }
}
