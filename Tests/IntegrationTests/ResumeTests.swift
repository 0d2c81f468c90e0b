// Sessions over cut sockets: browser side, relay, adapter, mock.
import Basics
import MockProvider
import RelayServer
import StrictJSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ResumeTests {
  /// A provider as these tests need it.
  struct Vendor: Sendable, CustomTestStringConvertible {
    let name: String
    let avatar: String?
    let mid: String
    let speak: CallName
    let close: CallName
    var testDescription: String { name }
  }

  static let vendors = [
    Vendor(name: "did", avatar: "https://avatar.example/anna.png", mid: "a", speak: .didSpeak, close: .didDelete),
    Vendor(name: "heygen", avatar: nil, mid: "0", speak: .heyGenTask, close: .heyGenStop),
  ]

  /// A session that has been negotiated, with what its client keeps.
  private func start(
    _ vendor: Vendor, on stage: Stage
  ) async throws -> (script: SessionScript, secret: String, lastSeq: Int64) {
    let client = try await stage.client()
    let (script, result) = try await SessionScript.open(client, vendor.name, avatar: vendor.avatar)
    #expect(result["limits"]?["graceMs"] == 30_000)
    try await script.negotiate(mid: vendor.mid)
    let live = try await client.notification("session.state") { $0["state"] == "live" }
    return (script, try #require(result["secret"]?.string), try #require(live["params"]?["seq"]?.integer))
  }

  private func resume(
    _ session: String, _ secret: String, lastSeq: Int64, _ client: SignalingTestClient
  ) async throws -> JSONValue {
    try await client.call(
      "session.resume",
      ["session": .string(session), "secret": .string(secret), "lastSeq": .integer(lastSeq)])
  }

  @Test("A socket that is cut while a talk is on its way: one talk, one answer, no gap", arguments: vendors)
  func cutWhileSpeaking(vendor: Vendor) async throws {
    try await Stage.run { stage in
      let (script, secret, lastSeq) = try await start(vendor, on: stage)
      var fault = Fault(.call(vendor.speak), .none)
      fault.delay = .seconds(20)
      fault.takesEffect = true
      try await stage.mock.fault(fault)
      let speak: JSONValue = ["session": .string(script.session), "text": "Said once"]
      let request = await script.client.post("session.speak", speak)
      try await stage.until { await stage.calls.contains(vendor.speak) }
      try await stage.cut(script.client)

      let client = try await stage.client(firstID: script.client.nextID)
      let resumed = try await resume(script.session, secret, lastSeq: lastSeq, client)
      #expect(resumed["result"]?["replayed"] == 0)
      let next = try #require(resumed["result"]?["secret"]?.string)
      #expect(next != secret)
      await client.post("session.speak", speak, again: request)
      await client.post("session.speak", speak, again: request)
      stage.mock.advance(by: .seconds(21))
      let answer = try await client.answer(to: request)
      let talk = try #require(answer["result"]?["talk"]?.string)
      let accepted = try await client.notification("session.talk") { $0["phase"] == "accepted" }
      #expect(accepted["params"]?["talk"]?.string == talk)
      #expect(accepted["params"]?["seq"]?.integer == lastSeq + 1)
      // Asked again, it is answered again and not spoken again.
      await client.post("session.speak", speak, again: request)
      #expect(try await client.answer(to: request) == answer)
      #expect(await stage.calls.count { $0 == vendor.speak } == 1)

      let again = SessionScript(client: client, session: script.session)
      try await again.call("session.close")
      _ = try await client.notification("session.closed")
      let seqs = await client.notifications.compactMap { $0["params"]?["seq"]?.integer }
      #expect(seqs == Array((lastSeq + 1)..<(lastSeq + 1 + Int64(seqs.count))))
      #expect(await stage.openAtProvider == 0)
      #expect(await stage.calls.count { $0 == vendor.close } == 1)
    }
  }

  @Test("A socket that is cut at each step: nothing is lost, nothing is done twice", arguments: vendors)
  func cutAtEachStep(vendor: Vendor) async throws {
    try await Stage.run { stage in
      var client = try await stage.client()
      let (first, result) = try await SessionScript.open(client, vendor.name, avatar: vendor.avatar)
      var secret = try #require(result["secret"]?.string)
      let session = first.session
      var told: [Int64] = []
      let steps: [(String, JSONObject)] = [
        ("session.answer", ["answer": ["type": "answer", "sdp": .string(SessionScript.answer(mid: vendor.mid))]]),
        ("session.candidate", ["candidate": Self.candidate(0, vendor)]),
        ("session.candidate", ["candidate": Self.candidate(1, vendor)]),
        ("session.report", ["iceConnectionState": "connected"]), ("session.speak", ["text": "One"]),
        ("session.speak", ["text": "Two"]), ("session.close", [:]),
      ]
      for (method, params) in steps {
        var params = params
        params["session"] = .string(session)
        // The request leaves, and the socket is cut before its answer was read.
        let request = await client.post(method, .object(params))
        try await stage.cut(client)
        told += await client.notifications.compactMap { $0["params"]?["seq"]?.integer }
        client = try await stage.client(firstID: client.nextID)
        let resumed = try await resume(session, secret, lastSeq: told.last ?? 0, client)
        if let next = resumed["result"]?["secret"]?.string {
          secret = next
        } else {
          // The close was faster than the cut.
          #expect(method == "session.close")
          #expect(resumed["error"]?["data"]?["end"]?["reason"] == "client")
        }
        await client.post(method, .object(params), again: request)
        let answer = try await client.answer(to: request)
        #expect(answer["result"] != nil, "\(method): \(answer.text)")
      }
      told += await client.notifications.compactMap { $0["params"]?["seq"]?.integer }
      #expect(told == Array(1..<Int64(told.count + 1)))
      try await stage.providerIsEmpty()
      let spoken = await stage.mock.journal.filter { $0.call == vendor.speak }
      #expect(spoken.count == 2)
      let candidates = await stage.mock.journal.filter { $0.call == .didIce || $0.call == .heyGenIce }
      #expect(candidates.count == 2)
      #expect(await stage.calls.count { $0 == vendor.close } == 1)
    }
  }

  private static func candidate(_ index: Int, _ vendor: Vendor) -> JSONValue {
    [
      "candidate": .string(SessionScript.candidates[index]), "sdpMid": .string(vendor.mid), "sdpMLineIndex": 0,
      "usernameFragment": "aBcD",
    ]
  }

  @Test("Nobody comes back in time: closed at the provider, and who comes later is told why", arguments: vendors)
  func tooLate(vendor: Vendor) async throws {
    try await Stage.run { stage in
      let (script, secret, lastSeq) = try await start(vendor, on: stage)
      try await stage.cut(script.client)
      stage.relayClock.advance(by: .seconds(31))
      try await stage.providerIsEmpty()
      let client = try await stage.client(firstID: script.client.nextID)
      let late = try await resume(script.session, secret, lastSeq: lastSeq, client)
      #expect(late["error"]?["data"]?["kind"] == "session.closed")
      #expect(
        late["error"]?["data"]?["end"] == ["reason": "connectionLost", "action": "reconnect", "afterMs": 0])
    }
  }

  @Test("A second tab takes the session over; the first is told and cannot take it back")
  func takenOver() async throws {
    try await Stage.run { stage in
      let (script, secret, lastSeq) = try await start(Self.vendors[0], on: stage)
      let second = try await stage.client(firstID: script.client.nextID)
      let resumed = try await resume(script.session, secret, lastSeq: lastSeq - 1, second)
      #expect(resumed["result"]?["replayed"] == 1)
      #expect(try await script.client.waitForClose() == 4502)
      let again = SessionScript(client: second, session: script.session)
      try await again.call("session.speak", ["text": "Still here"])
      let third = try await stage.client()
      let refused = try await resume(script.session, secret, lastSeq: lastSeq, third)
      #expect(refused["error"]?["data"]?["kind"] == "session.secretInvalid")
      try await again.call("session.close")
      #expect(await stage.openAtProvider == 0)
    }
  }

  @Test("Secrets cannot be guessed on one connection")
  func guessing() async throws {
    try await Stage.run { stage in
      let (script, _, _) = try await start(Self.vendors[1], on: stage)
      let thief = try await stage.client()
      for _ in 0..<5 {
        _ = await thief.post(
          "session.resume", ["session": .string(script.session), "secret": "a guess", "lastSeq": 0])
      }
      #expect(try await thief.waitForClose() == 4503)
      try await script.call("session.close")
    }
  }

  @Test("A session is resumed many times in a row, each time with the secret of the last, and told what it missed")
  func manyTimes() async throws {
    try await Stage.run(flags: [.limitTalksPerMinute: .int(0)]) { stage in
      let vendor = Self.vendors[1]
      var (script, secret, lastSeq) = try await start(vendor, on: stage)
      let first = secret
      // The mock lets 64 talks wait.
      let rounds = 60
      for round in 1...rounds {
        // The answer was read, and `accepted`, which comes right behind it, was not.
        try await script.call("session.speak", ["text": .string("Word \(round)")])
        try await stage.cut(script.client)
        let client = try await stage.client(firstID: script.client.nextID)
        let resumed = try await resume(script.session, secret, lastSeq: lastSeq, client)
        secret = try #require(resumed["result"]?["secret"]?.string)
        let missed = try #require(resumed["result"]?["replayed"]?.integer)
        #expect(missed >= 1)
        let latest = lastSeq + missed
        _ = try await client.notification("session.talk") { $0["seq"]?.integer == latest }
        let seqs = await client.notifications.prefix(Int(missed)).compactMap { $0["params"]?["seq"]?.integer }
        #expect(seqs == Array((lastSeq + 1)...latest))
        lastSeq = latest
        script = SessionScript(client: client, session: script.session)
      }
      try await script.call("session.close")
      #expect(await stage.calls.count { $0 == vendor.speak } == rounds)
      for word in [first, secret] { #expect(!stage.log.text.contains(word)) }
    }
  }

  @Test(
    "A client that closes with 1000 is done; any other end leaves its session waiting", arguments: [1000, 1001, 4000])
  func closeFrame(code: UInt16) async throws {
    try await Stage.run { stage in
      let client = try await stage.client()
      _ = try await SessionScript.open(client, "heygen")
      client.close(code)
      try await stage.until { await stage.relay.connectionCount == 0 }
      if code != 1000 {
        #expect(await stage.openAtProvider == 1)
        stage.relayClock.advance(by: .seconds(31))
      }
      try await stage.providerIsEmpty()
    }
  }

  @Test("With a grace of 0 sessions end with their connection")
  func noGrace() async throws {
    try await Stage.run(flags: [.timeGraceSeconds: .int(0)]) { stage in
      let client = try await stage.client()
      let (_, result) = try await SessionScript.open(client, "heygen")
      #expect(result["limits"]?["graceMs"] == 0)
      client.drop()
      try await stage.providerIsEmpty()
    }
  }
}
