// Makes an access token for development: `avatar-relay token`.
import AccessTokens
import ArgumentParser
import Basics
import Foundation
import RelayServer

/// Signs the claims that the flags give and prints the token, and nothing else, on standard output.
struct Token: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make an access token for development; in production your own server makes them.",
    discussion: "The key is a private key, or a secret of 32 bytes or more, named hs256:path; see docs/operations.md.")

  @Option(name: .customLong("key-file"), help: "File with the key, as kid=path or a path alone; hs256:path for a secret.")
  var keyFile: String
  @Option(help: "Whom sessions and seconds are counted for.")
  var subject: String
  @Option(name: .customLong("expires-in"), help: "For how long the token is good: seconds, or a time as 10m.")
  var expiresIn = WholeSeconds(count: 3600)
  @Option(name: .customLong("audience"), help: "What access.audience asks for; may be repeated.")
  var audience: [String] = []
  @Option(help: "What access.issuer asks for.")
  var issuer: String?
  @Option(name: .customLong("provider"), help: "A provider that may be used; may be repeated; all without it.")
  var providers: [String] = []
  @Option(name: .customLong("avatar"), help: "An avatar, or a beginning and *; may be repeated; all without it.")
  var avatars: [String] = []
  @Option(name: .customLong("origin"), help: "An origin of pages that may show the token; may be repeated.")
  var origins: [String] = []
  @Option(help: "Most sessions at once.")
  var sessions: Int?
  @Option(name: .customLong("budget-seconds"), help: "Seconds of open sessions in all.")
  var budgetSeconds: Int?

  func validate() throws {
    guard AccessClaims.Bounds.subjectBytes.contains(subject.utf8.count) else {
      throw ValidationError("--subject has 1 to \(AccessClaims.Bounds.subjectBytes.upperBound) bytes")
    }
    guard (1...315_360_000).contains(expiresIn.count) else { throw ValidationError("--expires-in is 1 to 315360000") }
    guard sessions.map({ AccessClaims.Bounds.sessions.contains(Int64($0)) }) ?? true else {
      throw ValidationError("--sessions is 1 to \(AccessClaims.Bounds.sessions.upperBound)")
    }
    guard budgetSeconds.map({ AccessClaims.Bounds.budgetSeconds.contains(Int64($0)) }) ?? true else {
      throw ValidationError("--budget-seconds is 1 to \(AccessClaims.Bounds.budgetSeconds.upperBound)")
    }
    for entry in [providers, avatars, origins] {
      guard AccessClaims.Bounds.entries.contains(entry.count),
        entry.allSatisfy({ AccessClaims.Bounds.entryBytes.contains($0.utf8.count) })
      else { throw ValidationError("a list of the token has an empty or too long entry, or too many") }
    }
  }

  func run() throws {
    let file = AccessSettings.KeyFile(text: keyFile)
    let content: [UInt8]
    do { content = try SmallFile.read(file.path) } catch {
      throw ConfigurationError(unreadable: file.path, of: "--key-file", error)
    }
    let now = Date().timeIntervalSince1970.rounded(.down)
    var claims = AccessClaims(subject: subject, expiry: now + Double(expiresIn.count))
    claims.issuedAt = now
    if !audience.isEmpty { claims.audience = audience }
    claims.issuer = issuer
    if !providers.isEmpty { claims.providers = providers }
    if !avatars.isEmpty { claims.avatars = avatars }
    if !origins.isEmpty {
      claims.origins = try origins.map { origin in
        do throws(WebOrigin.Refusal) { return try WebOrigin(international: origin).text } catch {
          throw ValidationError("--origin has \(origin), which \(error.reason)")
        }
      }
    }
    claims.sessions = sessions
    claims.budgetSeconds = budgetSeconds
    do {
      print(try TokenIssuer(key: file.key(content)).token(for: claims))
    } catch { throw ValidationError(error.message) }
  }
}

/// A time as settings take it: `600`, `10m`, `1h30m`.
struct WholeSeconds: ExpressibleByArgument {
  let count: Int

  init(count: Int) { self.count = count }

  init?(argument: String) {
    guard let count = ConfigurationSources.seconds(argument) else { return nil }
    self.count = count
  }

  var defaultValueDescription: String { "\(count)" }
}
