// The README's Swift example is the code of a test here, line by line.
import Foundation
import MockProvider
import Testing
import Transport

@Suite struct ReadmeTests {
  @Test func theExampleRuns() async throws {
    let mock = try await MockServer.start()
    // Point the code under test at mock.baseURL.
    #expect(mock.baseURL.hasPrefix("http://127.0.0.1:"))
    #expect(await mock.sessions.isEmpty)
    await mock.stop()
  }

  @Test(arguments: ["README.md", "docs/mock.md"])
  func theExampleIsWhatRuns(document: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let own = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
    let file = folder.appending(path: "../../\(document)").standardized
    let parts = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n```")
    let examples = parts.filter { $0.hasPrefix("swift\n") }
    #expect(examples.count == 1)
    for line in examples[0].components(separatedBy: "\n").dropFirst() where !line.hasPrefix("//") {
      #expect(own.contains("\n    \(line)\n"), "\(line)")
    }
  }

  @Test func aTakenPortIsAnError() async throws {
    let first = try await MockServer.start()
    var configuration = MockConfiguration()
    configuration.port = try #require(first.baseURL.split(separator: ":").last.flatMap { Int($0) })
    await #expect(throws: TransportError.self) { try await MockServer.start(configuration) }
    await first.stop()
  }
}
