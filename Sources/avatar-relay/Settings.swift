// Takes the settings from the command line, and lists them in the help.
import ArgumentParser
import Foundation
import RelayServer

/// Every setting of ``ConfigurationKey`` but the secret ones, as flags. They are read by that list and not declared one
/// by one, so that a setting is written down once.
struct Settings: ParsableArguments {
  @Option(name: .customLong("config"), help: "JSON file with settings.", completion: .file())
  var configurationFile: String?

  @Argument(parsing: .allUnrecognized, help: .hidden)
  var arguments: [String] = []

  func validate() throws {
    do throws(ConfigurationError) { _ = try ConfigurationSources.flags(arguments) } catch {
      throw ValidationError(error.message)
    }
  }

  /// Reads flags, environment, file and defaults.
  /// - Parameters:
  ///   - overriding: values that come before all of them.
  ///   - defaults: values that stand in for the program's own defaults.
  /// - Throws: `ConfigurationError` with one sentence that says what to change.
  func load(
    overriding: [ConfigurationKey: SettingValue] = [:], defaults: [ConfigurationKey: SettingValue] = [:]
  ) throws -> RelayConfiguration {
    let sources = try ConfigurationSources(
      flags: try ConfigurationSources.flags(arguments).merging(overriding) { $1 },
      environment: ProcessInfo.processInfo.environment, file: try SmallFile.settings(configurationFile),
      path: configurationFile, defaults: defaults)
    return try RelayConfiguration(sources, readFile: SmallFile.read)
  }

  /// The part of `--help` that lists the settings.
  /// - Parameter width: of the terminal, in columns.
  static func help(width: Int) -> String {
    let column = 30
    let lines = ConfigurationKey.allCases.filter { !$0.isSecret }.flatMap { key -> [String] in
      let standard = key.defaultContent.text
      let words = key.help + (standard.isEmpty ? "" : " (default: \(standard))")
      var wrapped = wrap(words, to: max(40, width - column))
      let name = "  --\(key.flag)"
      if name.count + 1 < column {
        wrapped[0] = name.padding(toLength: column, withPad: " ", startingAt: 0) + wrapped[0]
      }
      let indented = wrapped.enumerated().map { index, line in
        index == 0 && name.count + 1 < column ? line : String(repeating: " ", count: column) + line
      }
      return name.count + 1 < column ? indented : [name] + indented
    }
    return "SETTINGS, as flags; docs/operations.md has their names in the environment and the file.\n"
      + "Times are seconds, or as 5m or 1h30m; sizes are bytes, or as 64KiB:\n"
      + lines.joined(separator: "\n") + "\n"
  }

  private static func wrap(_ text: String, to width: Int) -> [String] {
    text.split(separator: " ").reduce(into: [""]) { lines, word in
      if !lines[lines.count - 1].isEmpty, lines[lines.count - 1].count + word.count + 1 > width { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
  }
}

extension SmallFile {
  /// The bytes of the settings' file; nil where none is named.
  static func settings(_ path: String?) throws(ConfigurationError) -> [UInt8]? {
    guard let path else { return nil }
    do { return try read(path) } catch { throw ConfigurationError(unreadable: path, of: "the configuration file", error) }
  }
}
