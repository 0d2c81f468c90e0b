// Ends a program with one line that says what is wrong, where the library would add its usage.
import ArgumentParser
import Foundation

extension ParsableCommand {
  /// Ends the program: with the help or the version that was asked for, or with one line on standard error that begins
  /// with `Error:` and, for a command line that cannot be understood, says where help is. The exit code is the library's.
  public static func end(with error: any Error) -> Never {
    let code = exitCode(for: error)
    let words = message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
    guard !code.isSuccess, !words.isEmpty else { exit(withError: error) }
    let program = configuration.commandName ?? ""
    let isMisread = code == .validationFailure
    let sentence = isMisread ? "\(words.hasSuffix(".") ? String(words.dropLast()) : words); see \(program) --help" : words
    try? FileHandle.standardError.write(contentsOf: Data("Error: \(sentence)\n".utf8))
    exit(withError: code)
  }
}
