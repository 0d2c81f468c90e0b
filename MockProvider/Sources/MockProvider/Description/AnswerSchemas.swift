// Describes the bodies by which a test says how agents answer.
import StrictJSON

/// Schemas by name.
enum AnswerSchemas {
  static var all: [(String, JSONValue)] {
    [("Agents", mode), ("Answers", list), ("Answer", kept), ("AnswerWanted", wanted)]
  }

  private static let mode = Schema.record([
    ("chatMode", Schema.choice(of: ChatMode.self, about: "What is not Functional comes before what a client asks for"))
  ])
  private static let list = Schema.record([("answers", Schema.array(of: Schema.named("Answer")))])

  private static let longest = DIDScript.characters.upperBound
  /// Which questions a rule is for, and how they are answered.
  private static let members: [(String, JSONValue)] = [
    ("agent", Schema.string(bytes: 1...256, about: "Only questions to this agent")),
    ("contains", Schema.string(bytes: 1...1024, about: "Only questions with this in them")),
    ("pattern", Schema.string(pattern: "^[a-z]{0,12}$", about: "Only where this regular expression is found, without lookaround")),
    (
      "delayMs",
      Schema.integer(
        in: 0...Fault.longestDelay.milliseconds, default: AnswerRule.usualDelay.milliseconds,
        about: "Before each part, on the mock's clock")
    ),
    (
      "matches",
      [
        "type": "array", "maxItems": .integer(Int64(AnswerRule.mostMatches)), "items": ["type": "object"],
        "description": "What the answer cites",
      ]
    ),
    ("chatMode", Schema.choice(of: ChatMode.self, about: "In place of the chat's; TextOnly is what happens without credits")),
    ("video", Schema.choice(of: AnswerRule.Video.self, about: "What becomes of the answer's video")),
    ("times", Schema.integer(in: 1...Int64(Fault.mostTimes), about: "How many questions it answers; all without")),
  ]
  private static let words: [(String, JSONValue)] = [
    ("text", Schema.string(bytes: 1...longest)),
    (
      "parts",
      [
        "type": "array", "minItems": 1, "maxItems": .integer(Int64(AnswerRule.mostParts)),
        "items": Schema.string(bytes: 1...100),
      ]
    ),
    ("error", Schema.choice(DIDErrors.all.map(\.name), about: "A name of /__admin/errors")),
  ]
  private static let kept = Schema.object(members + words, required: ["delayMs"], .closed)
  private static let wanted = Schema.any(
    of: [Schema.object(members, .closed, about: "In the question's words")]
      + words.map { Schema.object(members + [$0], required: [$0.0], .closed) })
}
