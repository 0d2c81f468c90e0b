// A certificate authority and a server certificate for `localhost`, made with the openssl command line.
import Foundation
import Synchronization
import TestSupport

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
