// Makes certificates and authorities for tests, and speaks TLS as a client.
import Foundation
import Synchronization
import TestSupport

/// A folder with PEM files; removed at the end.
final class TestCertificates {
  let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "certificates-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Writes `name.pem` and `name.key`.
  func make(_ name: String, subject: String, passphrase: String? = nil) throws {
    let child = try ChildProcess(
      [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "2", "-subj",
        "/CN=\(subject)",
      ]
        + ["-keyout", path(name + ".key"), "-out", path(name + ".pem")]
        + (passphrase.map { ["-passout", "pass:\($0)"] } ?? ["-nodes"]))
    child.end()
  }

  func path(_ file: String) -> String { folder + "/" + file }

  func copy(_ file: String, to other: String) throws {
    try Data(contentsOf: URL(fileURLWithPath: path(file))).write(to: URL(fileURLWithPath: path(other)))
  }
}

/// PEM files in a temporary folder that lasts as long as the process.
struct TestAuthority: Sendable {
  let authority: String
  let certificate: String
  let key: String

  /// Made once; another authority with the same name never signed anything here.
  static let shared = Result { try TestAuthority() }
  static let unrelated = Result { try TestAuthority() }

  /// The folders to be removed when the process ends.
  private static let folders = Mutex<[URL]>([])

  private init() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("transport-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    Self.folders.withLock { folders in
      if folders.isEmpty { atexit { TestAuthority.removeAll() } }
      folders.append(folder)
    }
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    func openssl(_ arguments: String...) throws {
      guard try ChildProcess(["openssl"] + arguments).end() == 0 else { throw CocoaError(.executableLoad) }
    }
    authority = path("ca.pem")
    certificate = path("server.pem")
    key = path("server.key")
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try openssl(
      "req", "-x509", curve[0], curve[1], curve[2], curve[3], curve[4], "-days", "2", "-subj", "/CN=Test authority",
      "-keyout", path("ca.key"), "-out", authority)
    try openssl(
      "req", curve[0], curve[1], curve[2], curve[3], curve[4], "-subj", "/CN=localhost", "-keyout", key,
      "-out", path("server.csr"))
    try Data("subjectAltName=DNS:localhost\n".utf8).write(to: URL(fileURLWithPath: path("extensions")))
    try openssl(
      "x509", "-req", "-in", path("server.csr"), "-CA", authority, "-CAkey", path("ca.key"), "-CAcreateserial",
      "-days", "2", "-extfile", path("extensions"), "-out", certificate)
  }

  private static func removeAll() {
    for folder in folders.withLock({ $0 }) { try? FileManager.default.removeItem(at: folder) }
  }
}

/// `openssl s_client` on pipes.
final class TLSClient {
  private let process: ChildProcess
  private var buffer: [UInt8] = []

  init(port: Int, protocols: String = "http/1.1", arguments: [String] = []) throws {
    process = try ChildProcess(
      [
        "openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-servername", "localhost", "-alpn", protocols,
        "-ign_eof",
      ]
        + arguments)
  }

  func send(_ bytes: [UInt8]) { process.write(bytes) }

  private func fill() -> Bool {
    guard let block = process.read() else { return false }
    buffer += block
    return true
  }

  /// Reads until the bytes contain a text, and gives all before its end; nil at the end of the output.
  func read(through text: String) -> String? {
    let wanted = Array(text.utf8)
    while true {
      if let range = buffer.firstRange(of: wanted) {
        defer { buffer.removeFirst(range.upperBound) }
        return String(decoding: buffer[..<range.upperBound], as: UTF8.self)
      }
      guard fill() else { return nil }
    }
  }

  /// Reads that many bytes.
  func read(_ count: Int) -> [UInt8]? {
    while buffer.count < count { guard fill() else { return nil } }
    defer { buffer.removeFirst(count) }
    return Array(buffer.prefix(count))
  }
}
