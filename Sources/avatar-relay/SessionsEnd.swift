// `avatar-relay sessions end`.
import ArgumentParser

/// Ends one session or all.
struct SessionsEnd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "end", abstract: "End a session, or all of them; after all, none may be opened.",
    discussion: "Clients are told the reason operator and not to come back. To let sessions be opened: sessions admit.")

  @Argument(help: "The id of the session, as in sessions list.")
  var session: String?
  @Flag(help: "End all sessions, and let none be opened.")
  var all = false
  @OptionGroup var options: AdminOptions

  func validate() throws {
    guard (session != nil) != all else { throw ValidationError("give the id of a session, or --all") }
  }

  func run() async throws {
    let session = session
    try await options.run({ relay in
      if let session { try await relay.end(session) } else { try await relay.endAll() }
    }) { answer in
      let count = answer["ended"]?.integer ?? 0
      let ended = "\(count) session\(count == 1 ? "" : "s") ended"
      return session == nil ? [ended, "no session may be opened: avatar-relay sessions admit"] : [ended]
    }
  }
}
