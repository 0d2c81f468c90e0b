// docs/protocol.md says what the program does: its tables are the registries, its examples pass the codec.
import Signaling
import StrictJSON
import Testing

@Suite("docs/protocol.md")
struct ProtocolDocumentTests {
  let lines: [String]

  init() throws {
    lines = try Fixtures.text(of: "docs/protocol.md").split(separator: "\n", omittingEmptySubsequences: false).map(
      String.init)
  }

  @Test("the error table is the registry, in its order")
  func errors() {
    let registry = ErrorKind.allCases.map { ["`\($0.rawValue)`", "\($0.code)", $0.isRetryable ? "yes" : "no"] }
    #expect(rows(under: "| kind | code | retryable | means |").map { Array($0.prefix(3)) } == registry)
    #expect(Set(ErrorKind.allCases.map(\.code)).count == ErrorKind.allCases.count)
  }

  @Test("the close code table is the registry, and the ranges say the action")
  func closeCodes() {
    let registry = CloseCode.allCases.map { code in
      ["\(code.rawValue)", code.action.rawValue, code.afterMs.map(String.init) ?? ""]
    }
    #expect(rows(under: "| code | action | afterMs | means |").map { Array($0.prefix(3)) } == registry)
    for code in CloseCode.allCases {
      if code.rawValue >= 4000 { #expect((code.action == .stop) == (code.rawValue >= 4500)) }
      #expect((code.afterMs == nil) == (code.action == .stop))
    }
  }

  @Test("the table of reasons is the registry")
  func reasons() {
    let registry = CloseReason.allCases.map { reason in
      ["`\(reason.rawValue)`", reason.action.rawValue, reason.afterMs.map(String.init) ?? ""]
    }
    #expect(rows(under: "| reason | action | afterMs | means |").map { Array($0.prefix(3)) } == registry)
    for reason in CloseReason.allCases { #expect((reason.afterMs == nil) == (reason.action == .stop)) }
  }

  @Test("the table of limits is the registry, in its order")
  func limits() {
    let named = rows(under: "| limit | error | of |").flatMap { row in
      row[0].split(separator: ", ").map { String($0.dropFirst().dropLast()) }
    }
    #expect(named == LimitName.allCases.map(\.rawValue))
  }

  @Test("the table of states has all of them, in order")
  func states() {
    #expect(rows(under: "| state | means |").map { $0[0] } == SessionState.allCases.map { "`\($0.rawValue)`" })
  }

  @Test("every method and every notification has its heading")
  func headings() throws {
    let start = try #require(lines.firstIndex(of: "## 5 Methods"))
    let middle = try #require(lines.firstIndex(of: "## 6 Notifications"))
    let end = try #require(lines.firstIndex(of: "## 7 Order"))
    func headings(_ range: Range<Int>) -> Set<String> { Set(lines[range].filter { $0.hasPrefix("### `") }) }
    #expect(headings(start..<middle) == Set(Method.allCases.map { "### `\($0.rawValue)`" }))
    #expect(headings(middle..<end) == Set(NotificationMethod.allCases.map { "### `\($0.rawValue)`" }))
  }

  @Test("the numbers in the text are the program's")
  func numbers() {
    let text = lines.joined(separator: "\n")
    for number in [
      "to \(RequestID.accepted.upperBound) ", "at most \(SDPSummary.maximumBytes) bytes",
      "at most \(SDPSummary.maximumLineBytes) bytes", "\(SDPSummary.maximumSections) media sections",
      "0–\(CandidateAttribute.maximumBytes) bytes", "deeper than \(SignalingCodec.limits.depth);",
      "more than \(SignalingCodec.limits.values) values",
    ] { #expect(text.contains(number), "\(number)") }
  }

  @Test("every example passes the codec")
  func examples() throws {
    let examples = fencedExamples()
    #expect(examples.count >= 30)
    var methods: Set<String> = []
    for (line, answering, text) in examples {
      let message = try JSONParser.parse(text)
      if let method = message["method"]?.string, message["id"] != nil {
        guard case .request = SignalingCodec.decode(Array(text.utf8)) else {
          Issue.record("docs/protocol.md:\(line): \(SignalingCodec.decode(Array(text.utf8)))")
          continue
        }
        methods.insert(method)
      } else {
        do {
          let read = try ServerMessageReader.read(message, answering: answering ?? .ping)
          #expect(try JSONParser.parse(SignalingCodec.encode(read)) == message, "docs/protocol.md:\(line)")
        } catch {
          Issue.record("docs/protocol.md:\(line): \(error)")
        }
        if let method = message["method"]?.string { methods.insert("notification \(method)") }
      }
    }
    let all = Method.allCases.map(\.rawValue) + NotificationMethod.allCases.map { "notification \($0.rawValue)" }
    #expect(methods == Set(all), "each has an example")
  }

  /// The rows of the table with that head, each as its trimmed cells.
  private func rows(under head: String) -> [[String]] {
    guard let start = lines.firstIndex(of: head) else { return [] }
    return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { row in
      row.dropFirst().dropLast().split(separator: "|").map { $0.drop { $0 == " " }.trimmedEnd() }
    }
  }

  /// The blocks fenced as `json`, with the method that they answer where the fence says so.
  private func fencedExamples() -> [(line: Int, answering: Method?, text: String)] {
    var found: [(line: Int, answering: Method?, text: String)] = []
    var index = 0
    while index < lines.count {
      if lines[index].hasPrefix("```json") {
        let words = lines[index].split(separator: " ")
        let answering = words.count == 3 ? Method(rawValue: String(words[2])) : nil
        let body = lines[(index + 1)...].prefix { $0 != "```" }
        found.append((index + 2, answering, body.joined(separator: "\n")))
        index = body.endIndex
      }
      index += 1
    }
    return found
  }
}

extension Substring {
  fileprivate func trimmedEnd() -> String {
    var text = self
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
