// Serves the console and the browser client from memory.
import Basics
import Cryptography
import Foundation
import Wire

/// The files below a folder, read once, so that serving one never waits for a disk and no path can lead elsewhere.
struct StaticFiles: Sendable {
  /// Most files, and most bytes in all; a larger folder is hardly the one that was meant.
  static let maximumFiles = 500
  static let maximumBytes = 32 << 20
  /// The folders that are served; what else lies beside them (tests, settings of tools) is not.
  static let served = ["client/", "console/"]

  private struct File {
    var body: [UInt8]
    var type: String
    var tag: String
    /// Whether the name can never mean anything else.
    var isImmutable: Bool
    /// The same compressed, where the build prepared it: the best first.
    var encoded: [(encoding: String, body: [UInt8])]
  }
  /// Content codings (RFC 9110 section 8.4.1), and how the files that the build prepares for them end.
  private static let encodings = [("br", "br"), ("gzip", "gz")]
  private let files: [String: File]

  /// No files at all.
  init() { files = [:] }

  /// Reads every file below the ``served`` folders but hidden ones.
  /// - Throws: ``ConfigurationError`` `.unreadableFile` when there is no such folder, or nothing to serve in it; `.conflict`
  ///   when it is too large.
  init(folder: String) throws(ConfigurationError) {
    // The folder itself may be a link, as packages and deployments have it.
    let root = URL(fileURLWithPath: folder).standardizedFileURL.resolvingSymlinksInPath()
    let paths: [String]
    do { paths = try FileManager.default.subpathsOfDirectory(atPath: root.path) } catch {
      throw ConfigurationError(unreadable: folder, of: "web.root", SmallFile.Failure(error))
    }
    var files: [String: File] = [:]
    var bytes = 0
    for path in paths.filter({ path in Self.served.contains { path.hasPrefix($0) } })
    where !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
      let file = root.appendingPathComponent(path)
      guard Self.types[file.pathExtension] != nil, let data = FileManager.default.contents(atPath: file.path) else {
        continue
      }
      let encoded = Self.encodings.compactMap { encoding, ending in
        FileManager.default.contents(atPath: "\(file.path).\(ending)").map { (encoding, Array($0)) }
      }
      bytes += data.count + encoded.reduce(0) { $0 + $1.1.count }
      guard files.count < Self.maximumFiles, bytes <= Self.maximumBytes else {
        throw ConfigurationError(.conflict, "web.root has more than \(Self.maximumFiles) files or too many bytes")
      }
      files["/" + path] = File(
        body: Array(data), type: Self.types[file.pathExtension]!, tag: Self.tag(of: data),
        isImmutable: Self.namesDigest(file.lastPathComponent, of: Array(data)), encoded: encoded)
    }
    guard !files.isEmpty else {
      throw ConfigurationError(
        .unreadableFile,
        "web.root \(folder) has neither a console nor a client: no file below \(Self.served.joined(separator: " or "))")
    }
    self.files = files
  }

  /// Whether the console is among them.
  var hasConsole: Bool { files["/console/index.html"] != nil }

  /// The answer for a path; a folder's is its `index.html`. Nil when there is no such file.
  func response(for request: HTTPRequest) -> HTTPResponse? {
    let path = request.path.hasSuffix("/") ? request.path + "index.html" : request.path
    guard let file = files[path] else {
      return files[path + "/index.html"] == nil
        ? nil : HTTPResponse(status: 308, headers: ["Location": request.path + "/"])
    }
    // Whoever states a weight for a coding gets the file as it is: browsers state none.
    let accepted = Set(request.headers.members(of: "Accept-Encoding").map { $0.lowercased() })
    let chosen = file.encoded.first { accepted.contains($0.encoding) }
    // Each representation has a tag of its own (RFC 9110 section 8.8.3).
    let tag = chosen.map { "\"\(file.tag)-\($0.encoding)\"" } ?? "\"\(file.tag)\""
    var headers: HTTPHeaders = [
      "ETag": tag, "Cache-Control": file.isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
    ]
    if !file.encoded.isEmpty { headers["Vary"] = "Accept-Encoding" }
    guard request.headers["If-None-Match"] != tag else { return HTTPResponse(status: 304, headers: headers) }
    headers["Content-Type"] = file.type
    if let chosen { headers["Content-Encoding"] = chosen.encoding }
    return HTTPResponse(status: 200, headers: headers, body: chosen?.body ?? file.body)
  }

  /// How many hexadecimal digits of its digest a name holds, as `web/build` writes it: `avatar-relay-0123456789abcdef.js`.
  private static let digestDigits = 16

  /// Whether a name ends in the beginning of the content's SHA-256: such a name stands for this content alone. A name that
  /// only looks like one is not believed.
  private static func namesDigest(_ name: String, of content: [UInt8]) -> Bool {
    guard let stem = name.split(separator: ".").first, let dash = stem.lastIndex(of: "-") else { return false }
    let digits = stem[stem.index(after: dash)...]
    return digits.count == digestDigits && Hexadecimal.text(SHA256.digest(of: content)).hasPrefix(digits)
  }

  private static let types = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "ts": "text/plain; charset=utf-8", "json": "application/json", "map": "application/json",
    "svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon", "jpg": "image/jpeg", "md": "text/plain; charset=utf-8",
  ]

  /// FNV-1a over the content: a change of the file changes the tag.
  private static func tag(of data: Data) -> String {
    let hash = data.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return "\(String(hash, radix: 16))-\(data.count)"
  }
}
