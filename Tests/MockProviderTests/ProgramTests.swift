// The program: its ready line, its ends, its words.
import Foundation
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct ProgramTests {
  /// A running program; ended by what a test does to it.
  private final class Program {
    let process = Process()
    let input = Pipe()
    let output = Pipe()
    let errors = Pipe()

    init(_ arguments: [String]) throws {
      let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      process.executableURL = folder.appending(path: "mock-provider")
      process.arguments = arguments
      process.standardInput = input
      process.standardOutput = output
      process.standardError = errors
      try process.run()
    }

    /// Reads one line of its standard output; empty when it ends before.
    func line() -> String {
      var bytes: [UInt8] = []
      while let byte = try? output.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0A { bytes.append(byte) }
      return String(decoding: bytes, as: UTF8.self)
    }

    /// Waits for the end; what it wrote to standard error, and its status.
    func end() -> (status: Int32, errors: String) {
      let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return (process.terminationReason == .exit ? process.terminationStatus : -1, text)
    }
  }

  @Test func theReadyLineIsOneJSONObjectWithItsURLs() throws {
    let program = try Program([])
    let ready = try JSONParser.parse(program.line())
    let url = try #require(ready["url"]?.string)
    #expect(ready["event"] == "ready")
    #expect(url.hasPrefix("http://127.0.0.1:"))
    #expect(ready["admin"] == .string(url + "/__admin"))
    #expect(ready["did"] == ready["heygen"])
    program.process.terminate()
    #expect(program.end().status == 0)
    // Nothing else is on standard output.
    #expect(try program.output.fileHandleForReading.readToEnd() ?? Data() == Data())
  }

  @Test func interruptEndsItCleanly() throws {
    let program = try Program(["--log-level", "warning"])
    _ = program.line()
    program.process.interrupt()
    #expect(program.end() == (0, ""))
  }

  @Test func itEndsWhenItsParentLetsGoOfThePipe() throws {
    let program = try Program(["--exit-with-parent"])
    #expect(!program.line().isEmpty)
    // What the parent writes changes nothing.
    try program.input.fileHandleForWriting.write(contentsOf: Data("hello\n".utf8))
    #expect(program.process.isRunning)
    try program.input.fileHandleForWriting.close()
    #expect(program.end().status == 0)
  }

  @Test(arguments: [
    ["--port", "65536"], ["--port", "-1"], ["--max-sessions", "0"], ["--max-sessions", "20001"], ["--key", ""],
    ["--heygen-idle", "0"], ["--did-replies", "1999"], ["--seed", "-1"], ["--unknown-prefix", ""], ["--nope"],
    ["extra"], ["--exec"], ["--", "true"],
    ["--log-level", "loud"], ["--allow-origin", "shop.example"], ["--admin-allow", "mock"],
  ])
  func aWrongOptionIsRefusedInWords(arguments: [String]) throws {
    let program = try Program(arguments)
    let (status, errors) = program.end()
    #expect(status == 64)
    #expect(errors.hasPrefix("Error: ") && errors.hasSuffix("; see mock-provider --help\n"))
    #expect(errors.contains { $0.isNewline } && errors.dropLast().allSatisfy { !$0.isNewline }, "one line: \(errors)")
    if let option = arguments.first { #expect(errors.contains(option), "\(errors)") }
  }

  @Test func itSaysItsVersion() throws {
    let program = try Program(["--version"])
    #expect(program.line().wholeMatch(of: /\d+\.\d+\.\d+/) != nil)
    #expect(program.end() == (0, ""))
  }

  @Test(arguments: ["no-such-folder", "/etc/passwd"])
  func aMissingFolderEndsItWithOneLine(folder: String) throws {
    let program = try Program(["--media-folder", folder])
    #expect(program.end() == (1, "Error: --media-folder \(folder) is no folder that can be read\n"))
  }

  @Test func aCommandBesideItKnowsItsAddressAndHandsOnItsExitCode() throws {
    let program = try Program([
      "--media", "none", "--exec", "--", "sh", "-c",
      #"echo "$AVATAR_MOCK_URL"; exit 7"#,
    ])
    #expect(program.line().wholeMatch(of: #/http://127\.0\.0\.1:\d+/#) != nil)
    #expect(program.end() == (7, ""))
  }

  @Test func theMocksEndIsHandedOnToItsCommand() throws {
    let program = try Program([
      "--media", "none", "--exec", "--", "sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do read line; done",
    ])
    #expect(program.line() == "ready")
    program.process.terminate()
    #expect(program.end().status == 5)
  }

  @Test func aCommandThatIsKilledOrMissingEndsAsInAShell() throws {
    let killed = try Program(["--media", "none", "--exec", "--", "sh", "-c", "kill -9 $$"])
    #expect(killed.end() == (137, ""))
    let missing = try Program(["--media", "none", "--exec", "--", "no-such-program"])
    #expect(missing.end() == (127, "Error: no-such-program cannot be run: No such file or directory\n"))
  }

  @Test func aTakenPortEndsItWithAnError() throws {
    let first = try Program([])
    let port = try JSONParser.parse(first.line())["url"]?.string?.split(separator: ":").last.map(String.init)
    let second = try Program(["--port", try #require(port)])
    let (status, errors) = second.end()
    #expect(status == 1)
    let wanted = "Error: another program listens on 127.0.0.1:\(try #require(port)); choose another by --host or --port"
    #expect(errors.split(separator: "\n").filter { $0.hasPrefix("Error") } == [Substring(wanted)])
    first.process.terminate()
    #expect(first.end().status == 0)
  }

  @Test func itNeverPrintsItsKey() throws {
    let program = try Program(["--key", "hunter2", "--log-level", "debug"])
    _ = program.line()
    program.process.terminate()
    #expect(!program.end().errors.contains("hunter2"))
  }
}
