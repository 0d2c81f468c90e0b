// What an agent answers: which rule is meant, in which parts, and which rules are refused.
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct AnswerRuleTests {
  private func rule(_ json: JSONValue) throws -> AnswerRule { try AnswerRule(json) }

  @Test(arguments: [
    ("Hello there", ["Hello ", "there"]), ("  Hello\n there ", ["  ", "Hello\n ", "there "]), ("你好", ["你好"]),
    ("", [""]), ("a b c d e f g h", ["a ", "b ", "c ", "d ", "e ", "f ", "g ", "h"]),
    ("a b c d e f g h i", ["a b ", "c d ", "e f ", "g h ", "i"]),
  ])
  func aTextIsCutBehindWords(text: String, parts: [String]) {
    #expect(AnswerRule.parts(of: text) == parts)
    #expect(parts.joined() == text)
  }

  @Test func theFirstThatIsMeantIsUsedAndOneThatIsUsedUpBefore() throws {
    var rules = AnswerRules()
    try rules.add(rule(["contains": "weather", "text": "Rain."]))
    try rules.add(rule(["pattern": "(?i)^who", "text": "I."]))
    try rules.add(rule(["agent": "agt_bob", "text": "Bob."]))
    func answer(_ question: String, _ agent: String = "agt_ann") -> [String]? {
      rules.take(for: question, of: agent)?.parts(for: question)
    }
    #expect(answer("The weather?") == ["Rain."] && answer("Who are you?") == ["I."] && answer("Why?") == nil)
    #expect(answer("Why?", "agt_bob") == ["Bob."] && answer("The weather?", "agt_bob") == ["Rain."])
    try rules.add(rule(["text": "Once.", "times": 1]))
    #expect(answer("The weather?") == ["Once."] && answer("The weather?") == ["Rain."])
    try rules.add(rule(["contains": "x", "pattern": "y", "parts": ["1", "2"], "times": 2]))
    #expect(answer("x") == nil && answer("xy") == ["1", "2"] && answer("yx") == ["1", "2"] && answer("xy") == nil)
    rules.clear()
    #expect(answer("The weather?") == nil)
  }

  @Test(arguments: [
    ["text": ""], ["text": 1], ["parts": []], ["parts": [1]], ["parts": ["a", ""]], ["error": "none"],
    ["text": "a", "error": "notFound"], ["text": "a", "parts": ["a"]], ["delayMs": -1], ["matches": [1]], ["chatMode": "Off"],
    ["video": "late"], ["times": 0], ["pattern": "("], ["contains": ""], ["agent": ""], ["answer": "a"], [],
  ] as [JSONValue])
  func aWrongRuleIsRefused(json: JSONValue) {
    #expect(throws: JSONShapeError.self, "\(json.text)") { try AnswerRule(json) }
  }

  @Test func aRuleIsListedAsItWasAdded() async throws {
    try await MockFixture.run { mock in
      let rule: JSONValue = [
        "agent": "agt_ann", "contains": "a", "pattern": "b", "parts": ["c", "d"], "delayMs": 5,
        "matches": [["document_id": "doc_1"]], "chatMode": "TextOnly", "video": "rejected", "times": 3,
      ]
      #expect(await mock.admin("POST", "agents/answers", rule).json == rule)
      #expect(await mock.admin("POST", "agents/answers", [:]).json == ["delayMs": 100])
      #expect(await mock.admin("GET", "agents/answers").json == ["answers": [rule, ["delayMs": 100]]])
      #expect(await mock.admin("DELETE", "agents/answers").json == ["answers": []])
      for _ in 0..<AnswerRules.limit { _ = await mock.admin("POST", "agents/answers", [:]) }
      #expect(await mock.admin("POST", "agents/answers", [:]).status == 400)
    }
  }

  @Test func aRuleAnswersInThePlaceOfTheEcho() async throws {
    try await MockFixture.run { mock in
      let client = try await AgentClient(mock)
      let written: JSONObject = ["chatMode": "TextOnly"]
      let match: JSONValue = ["document_id": "doc_1", "id": "1", "title": "Weather"]
      _ = await mock.admin("POST", "agents/answers", ["contains": "weather", "text": "It will rain.", "matches": [match]])
      let reply = await client.ask("The weather?", written)
      #expect(reply["result"] == "It will rain." && reply["matches"] == [match] && reply["documentIds"] == ["doc_1"])
      #expect(await client.ask("The time?", written)["result"] == "The time?")
      _ = await mock.admin("POST", "agents/answers", ["error": "textModeration", "times": 1])
      let refused = await client.ask("The weather?")
      #expect(refused.status == 451 && refused["kind"] == "TextModerationError")
      _ = await mock.admin("POST", "agents/answers", ["chatMode": "TextOnly", "text": "No credits.", "times": 1])
      let poor = await client.ask("The weather?")
      #expect(poor.status == 200 && poor["chatMode"] == "TextOnly" && poor["result"] == "No credits." && poor["videoId"] == nil)
      #expect(await client.ask("The weather?")["videoId"] != nil)
    }
  }
}
