// Log lines: one record, one line, whatever a value holds.
import Logging
import StrictJSON
import Synchronization
import Testing

@testable import RelayServer

@Suite struct LineLogHandlerTests {
  private final class Lines: Sendable {
    private let text = Mutex("")
    func append(_ line: String) { text.withLock { $0 += line } }
    var all: String { text.withLock { $0 } }
  }

  private func log(_ format: LineLogHandler.Format, _ body: (Logger) -> Void) -> String {
    let lines = Lines()
    let logger = Logger(label: "test") { LineLogHandler(label: $0, format: format, level: .info, write: lines.append) }
    body(logger)
    return lines.all
  }

  @Test func jsonIsOneObjectALine() throws {
    let text = log(.json) { $0.warning("a \"word\"\nnext", metadata: ["session": "s1"]) }
    let record = try JSONParser.parse(text)
    #expect(record["level"]?.string == "warning")
    #expect(record["message"]?.string == "a \"word\"\nnext")
    #expect(record["session"]?.string == "s1")
    #expect(text.split(separator: "\n").count == 1)
  }

  @Test func textCannotBeForged() {
    let text = log(.text) { $0.info("one\ntwo\u{1B}[31m", metadata: ["k": "v\r\nw\u{9B}31m\u{2028}\u{7F}é"]) }
    #expect(text.filter { $0 == "\n" }.count == 1)
    for value in [0x1B, 0x9B, 0x2028, 0x7F] { #expect(!text.unicodeScalars.contains { $0.value == value }) }
    #expect(text.contains("é"))
    #expect(text.contains("k=v"))
  }

  @Test func levelsBelowAreDropped() {
    #expect(log(.text) { $0.debug("x") }.isEmpty)
  }
}
