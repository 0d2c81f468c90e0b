// The control surface judges calls itself: count, order, body, and what came nearest.
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct VerificationTests {
  /// A stream that said three things.
  private func run(_ body: (MockFixture, DIDStream) async throws -> Void) async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      try await stream.connect()
      for text in ["One.", "Two.", "Good morning!"] { #expect(await stream.speak(text).status == 200) }
      try await body(mock, stream)
    }
  }

  @Test func callsAreFoundByWhatIsInThem() async throws {
    try await run { mock, stream in
      let wanted: [(JSONValue, Int64)] = [
        ([:], 6), (["call": "did.speak"], 3), (["call": "heygen.*"], 0), (["call": "did.*", "where": ["status": 201]], 1),
        (["where": ["text": "Two."]], 1), (["where": ["text": ["contains": "o"]]], 2),
        (["where": ["text": ["pattern": #"^(One|T\w+)\.$"#]]], 2), (["where": ["body.script.type": "text"]], 3),
        (["where": ["$.body..input": ["contains": "."]]], 2), (["where": ["body.script": ["contains": ["type": "text"]]]], 3),
        (["where": ["body.script": ["equals": ["input": "One.", "type": "text"]]]], 1),
        (["where": ["note": ["present": true]]], 0), (["where": ["note": ["present": false]]], 6),
        (["where": ["session": .string(stream.id)]], 6), (["where": ["status": 200.0, "text": "One."]], 1),
      ]
      for (match, total) in wanted {
        let reply = await mock.admin("POST", "requests/find", match)
        #expect(reply["total"] == .integer(total), "\(match.text) \(reply.json?.text.prefix(300) ?? "")")
        #expect(reply["requests"]?.array?.count == Int(total))
      }
    }
  }

  @Test func callsAreCounted() async throws {
    try await run { mock, _ in
      let met: [JSONValue] = [
        ["call": "did.speak"], ["call": "did.speak", "count": 3], ["call": "heygen.*", "count": 0],
        ["call": "did.speak", "atLeast": 3], ["call": "did.speak", "atMost": 3], ["atLeast": 2, "atMost": 9],
        ["call": "did.speak", "count": 3, "stage": "answered"],
      ]
      for expected in met { #expect(await mock.admin("POST", "requests/verify", expected).status == 200, "\(expected.text)") }
      let unmet: [(JSONValue, String)] = [
        (["call": "did.speak", "count": 2], "2 calls of did.speak: seen 3"),
        (["call": "did.speak", "atLeast": 4], "at least 4 calls of did.speak: seen 3"),
        (["call": "did.speak", "atMost": 1], "at most one call of did.speak: seen 3"),
        (["call": "heygen.task"], "at least one call of heygen.task: seen 0"),
      ]
      for (expected, words) in unmet {
        let reply = await mock.admin("POST", "requests/verify", expected)
        #expect(reply.status == 409)
        #expect(reply["error"]?["code"] == "unmet")
        #expect(reply["error"]?["message"]?.string?.hasPrefix(words) == true, "\(reply.json?.text ?? "")")
      }
    }
  }

  @Test func whatCameNearestIsNamed() async throws {
    try await run { mock, _ in
      let reply = await mock.admin(
        "POST", "requests/verify", ["call": "did.speak", "where": ["text": ["contains": "Hello"], "body.x": 1]])
      let lines = reply["error"]?["message"]?.string?.split(separator: "\n").map(String.init) ?? []
      #expect(lines.count == 1 + Verdict.nearestLimit)
      #expect(
        lines.first == #"at least one call of did.speak and text contains "Hello" and body.x is 1: seen 0; nearest of 6:"#)
      #expect(lines.dropFirst().first?.hasPrefix("  #6 did.speak → 200 ") == true)
      #expect(lines.dropFirst().first?.hasSuffix(#": text is "Good morning!", body.x is not there"#) == true)
      #expect(reply["nearest"]?.array?.first?["obstacles"]?.array?.count == 2)
      #expect(reply["nearest"]?.array?.first?["request"]?["number"] == 6)
    }
  }

  @Test func anEmptyJournalIsSaidToBeEmpty() async throws {
    try await MockFixture.run { mock in
      let reply = await mock.admin("POST", "requests/verify", ["call": "did.speak"])
      #expect(reply["error"]?["message"] == "at least one call of did.speak: seen 0; the mock was not called")
    }
  }

  @Test func callsAreInOrder() async throws {
    try await run { mock, _ in
      let inOrder: JSONValue = ["calls": ["did.create", "did.sdp", ["call": "did.speak", "where": ["text": "Two."]], "did.*"]]
      let met = await mock.admin("POST", "requests/order", inOrder)
      #expect(met["requests"]?.array?.map { $0["number"] } == [1, 2, 5, 6])
      let unmet = await mock.admin("POST", "requests/order", ["calls": ["did.speak", "did.sdp"]])
      #expect(unmet.status == 409)
      #expect(
        unmet["error"]?["message"]?.string?.hasPrefix(
          "did.speak → did.sdp: did.sdp is missing at its place in did.create → did.sdp → did.ice → ") == true)
    }
  }

  static let wrong: [(String, JSONValue)] = [
    ("find", ["call": "did.nope"]), ("find", ["where": []]), ("find", ["where": ["": 1]]), ("find", ["where": ["a..": 1]]),
    ("find", ["where": ["a": [:]]]), ("find", ["where": ["a": ["like": 1]]]), ("find", ["where": ["a": ["equals": 1, "present": true]]]),
    ("find", ["where": ["a": ["pattern": "("]]]), ("find", ["where": ["a": ["pattern": 1]]]), ("find", ["where": ["a": ["present": 1]]]),
    ("find", ["x": 1]), ("verify", ["count": -1]), ("verify", ["count": 1, "atLeast": 1]), ("verify", ["atLeast": 2, "atMost": 1]),
    ("verify", ["stage": "begun"]), ("order", [:]), ("order", ["calls": []]), ("order", ["calls": [1]]),
    ("order", ["calls": [["call": "did.speak", "x": 1]]]), ("wait", ["count": 0]), ("wait", ["timeoutMs": -1]),
    ("wait", ["timeoutMs": 600_001]), ("verify", []), ("wait", "did.speak"),
    ("find", ["where": .object(JSONObject((0...16).map { .init(name: "p\($0)", value: 1) }))]),
    ("order", ["calls": .array(Array(repeating: "*", count: 65))]),
  ]

  @Test(arguments: wrong)
  func whatCannotBeReadIsRefusedInWords(path: String, body: JSONValue) async throws {
    try await MockFixture.run { mock in
      let reply = await mock.admin("POST", "requests/" + path, body)
      #expect(reply.status == 400, "\(path) \(body.text)")
      #expect(reply["error"]?["message"]?.string?.isEmpty == false)
    }
  }
}
