// `avatar-relay token` and `check`: what they print, and that a key is never part of it.
import AccessTokens
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct TokenCommandTests {
  private func run(_ arguments: [String], hasProvider: Bool = false) throws -> (status: Int32, output: String, errors: String) {
    let process = Process()
    let output = Pipe()
    let errors = Pipe()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "avatar-relay")
    process.arguments = arguments
    if hasProvider {
      process.environment = ProcessInfo.processInfo.environment.merging(["AVATAR_RELAY_HEYGEN_KEY": Stage.canary]) { $1 }
    }
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text, complaint)
  }

  private func withKeyFile(_ content: String, _ body: (String) async throws -> Void) async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("key-\(UUID().uuidString)")
    try Data(content.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try await body(file.path)
  }

  @Test func everyFlagBecomesItsClaim() async throws {
    try await withKeyFile(Stage.tokenSecret) { path in
      let made = try run([
        "token", "--key-file", "k1=hs256:\(path)", "--subject", "alice", "--expires-in", "60", "--provider", "did",
        "--provider", "heygen", "--avatar", "https://avatar.example/*", "--origin", "https://shop.example",
        "--sessions", "2", "--budget-seconds", "600", "--audience", "avatars", "--issuer", "https://issuer.example",
      ])
      #expect(made.status == 0 && made.errors.isEmpty)
      let token = try #require(made.output.split(separator: "\n").first.map(String.init))
      #expect(made.output == token + "\n")
      let keys = try AccessKeys([try AccessKey(name: "k1", secretFile: Array(Stage.tokenSecret.utf8))])
      let claims = try TokenVerifier(keys: keys, leewaySeconds: 30, audience: ["avatars"], issuer: "https://issuer.example")
        .claims(of: token, at: Date().timeIntervalSince1970)
      #expect(claims.subject == "alice" && claims.sessions == 2 && claims.budgetSeconds == 600)
      #expect(claims.providers == ["did", "heygen"] && claims.avatars == ["https://avatar.example/*"])
      #expect(claims.origins == ["https://shop.example"])
      #expect(claims.expiry == claims.issuedAt.map { $0 + 60 })
    }
  }

  @Test func mistakesAreNamedAndShowNoKey() async throws {
    try await withKeyFile("canary-short") { path in
      for arguments in [
        ["token", "--key-file", "hs256:\(path)", "--subject", "a"], ["check", "--access-key-files", "hs256:\(path)"],
      ] {
        let refused = try run(arguments)
        #expect(refused.status != 0 && refused.output.isEmpty)
        #expect(refused.errors.contains("32 bytes") && !refused.errors.contains("canary"))
      }
      let unnamed = try run(["check", "--access-key-files", "k1=\(path)"])
      #expect(unnamed.status != 0 && unnamed.errors.contains("kid=hs256:path") && !unnamed.errors.contains("canary"))
      #expect(try run(["token", "--key-file", path, "--subject", ""]).status != 0)
      #expect(try run(["token", "--key-file", "nowhere", "--subject", "a"]).errors.contains("cannot be read"))
    }
  }

  @Test func checkNamesTheKeys() async throws {
    try await withKeyFile(Stage.tokenSecret) { path in
      let report = try run(["check", "--access-key-files", "k1=hs256:\(path)", "--listen-host", "0.0.0.0"], hasProvider: true)
      #expect(report.status == 0)
      // openssl dgst -sha256 -hmac with this secret, of nothing.
      #expect(report.output.contains("\nkey       k1 HS256 secret "))
      #expect(!report.output.contains("canary"))
      for name in ["audience", "issuer"] { #expect(report.output.contains("advice    set access.\(name)")) }
      let complete = try run([
        "check", "--access-key-files", "k1=hs256:\(path)", "--access-audience", "avatars", "--access-issuer", "issuer",
      ], hasProvider: true)
      #expect(complete.status == 0, "\(complete.errors)")
      #expect(!complete.output.contains("advice"))
    }
  }
}
