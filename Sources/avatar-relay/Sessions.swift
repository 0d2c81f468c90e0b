// `avatar-relay sessions`: sees and ends what a running relay has open.
import ArgumentParser

/// The operator's commands; each asks the relay at `admin.listen`.
struct Sessions: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List and end the sessions of a running relay.",
    discussion: "The relay has to be started with --admin-listen; give the same here.",
    subcommands: [SessionsList.self, SessionsEnd.self, SessionsPause.self, SessionsAdmit.self],
    defaultSubcommand: SessionsList.self)
}
