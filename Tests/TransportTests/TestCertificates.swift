// Certificates made for one test.
import Foundation
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
