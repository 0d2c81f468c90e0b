// Runs a command beside a mock: the command learns where the mock is, and the mock ends when the command does.
import Foundation
import Transport

/// The command of `mock-provider --exec`.
enum CompanionCommand {
  /// The variable in which the command finds the base URL of both vendors' APIs.
  static let variable = "AVATAR_MOCK_URL"

  /// Runs it to its end, and hands on to it what asks this program to end.
  /// - Returns: its exit code, or what a shell says where it was ended by a signal or could not be run.
  static func run(
    _ command: [String], beside url: String, ends: AsyncStream<MockProgram.End>, on loop: EventLoop
  ) async -> Int32 {
    var environment = ProcessInfo.processInfo.environment
    environment[variable] = url
    let program: SpawnedProgram
    do throws(SpawnError) {
      program = try await SpawnedProgram.start(command, environment: environment.map { "\($0)=\($1)" }, on: loop)
    } catch {
      try? FileHandle.standardError.write(contentsOf: Data("Error: \(error)\n".utf8))
      return error.exitCode
    }
    let messenger = Task {
      for await end in ends {
        switch end {
        case .parent: program.send(SIGTERM)
        // Ctrl-C reaches both from the terminal; once more, and some programs drop what they are doing.
        case .signal(let number) where number == SIGINT && isInForeground: break
        case .signal(let number): program.send(number)
        }
      }
    }
    defer { messenger.cancel() }
    return await program.end().exitCode
  }

  /// True where a terminal sends its Ctrl-C to this program and everything beside it.
  private static var isInForeground: Bool { isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp() }
}
