// Log lines: one record, one line, whatever a value holds.
import Logging
import StrictJSON
import Synchronization
import Testing

@testable import LogLines

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
    #expect(text.contains("k=\"v"))
  }

  @Test func aValueForgesNoOtherField() throws {
    let forged = "https://a level=ERROR session=s9"
    let metadata: Logger.Metadata = [
      "origin": "\(forged)", "quoted": "a\" b=\"c\\", "empty": "", "plain": "https://a.example:443/x", "turned": "a\u{202E}b",
      "level": "critical", "message": "another",
    ]
    let text = log(.text) { $0.info("refused", metadata: metadata) }
    #expect(
      text.contains(
        #" empty="" level=critical message=another origin="https://a level=ERROR session=s9" plain=https://a.example:443/x "#
          + #"quoted="a\" b=\"c\\" turned="#), "\(text)")
    #expect(!text.unicodeScalars.contains("\u{202E}"))
    let record = try JSONParser.parse(log(.json) { $0.info("refused", metadata: metadata) })
    #expect(record["level"] == "info" && record["message"] == "refused" && record["origin"]?.string == forged)
    #expect(record["metadata.level"] == "critical")
  }

  @Test(arguments: [LineLogHandler.Format.text, .json])
  func whatStrangersCauseIsGivenWithItsKindAndCanStandForMany(format: LineLogHandler.Format) throws {
    let (lines, few) = (Lines(), Lines())
    let logger = Logger(label: "test") {
      LineLogHandler(
        label: $0, format: format, level: .info, write: lines.append,
        writeFew: { kind, text in few.append("\(kind): \(text(1))\(kind): \(text(7))") })
    }
    logger.ofStrangers.notice("token refused", metadata: ["reason": "expired"])
    logger.ofStrangers.debug("not at this level")
    #expect(lines.all.isEmpty)
    let written = few.all.split(separator: "\n")
    #expect(written.count == 2 && written.allSatisfy { $0.hasPrefix("token refused: ") && $0.contains("expired") })
    #expect(!written[0].contains("count") && !few.all.contains(Logger.ofStrangersKey))
    #expect(written[1].contains(format == .json ? #""count":7"# : " count=7"))
    logger.notice("of this program's own")
    #expect(lines.all.contains("of this program's own"))
  }

  @Test func whatWasDroppedIsSaidInALineLikeTheOthers() throws {
    let record = try JSONParser.parse(LineLogHandler.lossLine(12, label: "test", format: .json))
    #expect(record["message"]?.string == "log lines were dropped" && record["count"]?.integer == 12)
    #expect(LineLogHandler.lossLine(12, label: "test", format: .text).hasSuffix(" ERROR test: log lines were dropped count=12\n"))
  }

  @Test func numbersAreNumbersInJSON() throws {
    let metadata: Logger.Metadata = [
      "talks": .stringConvertible(3), "seconds": .stringConvertible(1.5), "large": .stringConvertible(UInt64.max),
      "none": .stringConvertible(Double.nan), "text": "3", "flag": .stringConvertible(true),
    ]
    let record = try JSONParser.parse(log(.json) { $0.info("over", metadata: metadata) })
    #expect(record["talks"] == 3 && record["seconds"]?.double == 1.5 && record["text"] == "3")
    #expect(record["large"]?.string == "\(UInt64.max)" && record["none"] == "nan" && record["flag"] == "true")
    #expect(log(.text) { $0.info("over", metadata: metadata) }.contains(" seconds=1.5 talks=3 text=3"))
  }

  @Test func levelsBelowAreDropped() {
    #expect(log(.text) { $0.debug("x") }.isEmpty)
  }
}
