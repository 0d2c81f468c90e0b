// Options are checked by tables; what is wrong is named, never shown.
import AvatarProvider
import ProviderTestSupport
import StrictJSON
import Testing

@testable import ProviderCalls

@Suite struct OptionRuleTests {
  private static let rules: [String: OptionRule] = [
    "text": .text(2...3), "choice": .choice(["a", "b"]), "flag": .bool, "number": .number(0...1),
    "integer": .integer(0...9), "list": .list(.integer(0...9), count: 2...2), "any": .anyObject,
    "object": .object(["inner": .bool, "must": .someText], required: ["must"]),
    "either": .either(.bool, .text(1...9)), "form": .form("a word that ends with x") { $0.hasSuffix("x") },
  ]

  private func rejection(_ options: JSONObject) async -> String? {
    await failure { () throws(ProviderFailure) in try OptionRule.check(options, by: Self.rules) }?.message
  }

  @Test func whatFitsPasses() async {
    let options: JSONObject = [
      "text": "ééé", "choice": "b", "flag": false, "number": 1, "integer": 9, "list": [1, 2], "any": ["x": [1]],
      "object": ["inner": true, "must": "x"], "either": "word", "form": "box",
    ]
    #expect(await rejection(options) == nil)
    #expect(await rejection(["either": false]) == nil)
    #expect(await rejection([:]) == nil)
  }

  private static let mistakes: [(options: String, message: String)] = [
    (#"{"text": "a"}"#, "options.text: 2 to 3 characters expected"),
    (#"{"text": "abcd"}"#, "options.text: 2 to 3 characters expected"),
    (#"{"text": null}"#, "options.text: a string expected, null found"),
    (#"{"choice": "secret-word"}"#, "options.choice: one of a, b expected"),
    (#"{"choice": 1}"#, "options.choice: a string expected, a number found"),
    (#"{"flag": "true"}"#, "options.flag: a boolean expected, a string found"),
    (#"{"number": 1.5}"#, "options.number: 0.0 to 1.0 expected"),
    (#"{"number": "1"}"#, "options.number: a number expected, a string found"),
    (#"{"integer": 1.5}"#, "options.integer: an integer expected, a number found"),
    (#"{"integer": 10}"#, "options.integer: 0 to 9 expected"),
    (#"{"list": [1]}"#, "options.list: 2 to 2 elements expected"),
    (#"{"list": [1, "secret-word"]}"#, "options.list[1]: an integer expected, a string found"),
    (#"{"any": []}"#, "options.any: an object expected, an array found"),
    (#"{"object": {}}"#, "options.object.must: missing"),
    (#"{"object": {"must": "x", "other": 1}}"#, "options.object.other: unknown field"),
    (#"{"either": 1}"#, "options.either: a string expected, a number found"),
    (#"{"form": "secret-word"}"#, "options.form: a word that ends with x expected"),
    (#"{"stranger": 1}"#, "options.stranger: unknown field"),
  ]

  @Test(arguments: mistakes)
  func whatDoesNotFitIsNamed(options: String, message: String) async throws {
    let object = try #require(try JSONParser.parse(options).object)
    #expect(await rejection(object) == message)
  }

  private static let extras = ExtraOptions(setting: "acme.extra-options", names: ["stranger", "object.other"])

  @Test(arguments: [
    (#"{"flagg": true}"#, "options.flagg: unknown field; flag is the nearest that is known"),
    (#"{"Text": "ab"}"#, "options.Text: unknown field; text is the nearest that is known"),
    (#"{"object": {"must": "x", "iner": 1}}"#, "options.object.iner: unknown field; inner is the nearest that is known"),
    (#"{"far": 1}"#, "options.far: unknown field"),
  ])
  func unknownOptionComesWithWhatWasMeantAndTheWayToAllowIt(options: String, message: String) async throws {
    let object = try #require(try JSONParser.parse(options).object)
    let failure = await failure { () throws(ProviderFailure) in
      try OptionRule.check(object, by: Self.rules, extras: Self.extras)
    }
    #expect(failure?.message == message + "; the server's operator can allow it by acme.extra-options")
    #expect(await rejection(object) == message)
  }

  @Test func whatTheOperatorAllowsIsNotChecked() throws {
    let options: JSONObject = ["stranger": [1, nil], "object": ["must": "x", "other": nil]]
    try OptionRule.check(options, by: Self.rules, extras: Self.extras)
  }

  @Test func placeThatIsWrittenToIsTheOperatorsToAllow() async throws {
    let rules: [String: OptionRule] = ["url": .destination(.someText), "object": .object(["url": .destination(.bool)])]
    let extras = ExtraOptions(setting: "acme.extra-options", names: ["object.url"])
    func message(_ options: JSONObject, _ extras: ExtraOptions?) async -> String? {
      await failure { () throws(ProviderFailure) in try OptionRule.check(options, by: rules, extras: extras) }?.message
    }
    let refusal = "options.url: it names a place that is written to"
    #expect(await message(["url": "secret-word"], nil) == refusal)
    #expect(
      await message(["url": "secret-word"], extras)
        == refusal + "; the server's operator can allow it by acme.extra-options")
    #expect(await message(["object": ["url": true]], extras) == nil)
    #expect(await message(["object": ["url": "x"]], extras) == "options.object.url: a boolean expected, a string found")
  }

  @Test func integralNumberIsAnInteger() async throws {
    #expect(await rejection(try #require(try JSONParser.parse(#"{"integer": 9.0}"#).object)) == nil)
  }

  @Test func requiredOptionAtTheTop() async {
    let failure = await failure { () throws(ProviderFailure) in
      try OptionRule.check([:], by: Self.rules, required: ["text"])
    }
    #expect(failure?.code == .rejected)
    #expect(failure?.message == "options.text: missing")
  }

  @Test func nameFromOutsideIsCut() async {
    let message = await rejection([String(repeating: "n", count: 100_000): 1])
    #expect((message?.utf8.count ?? .max) < 200)
  }
}
