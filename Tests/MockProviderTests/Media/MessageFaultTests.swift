// Messages of the data channel that are lost, late, twice or out of order, as a test has it.
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct MessageFaultTests {
  private static let plan = MediaSessionFixture.plan(.did(namesTalks: true, canInterrupt: true))

  /// What a browser hears of a talk of 400 ms.
  private func told(of faults: [MessageFault], after time: Duration = .seconds(1)) async throws -> [String] {
    var told: [String] = []
    try await MediaSessionFixture.run(Self.plan, video: nil, audio: false) { fixture in
      for fault in faults { try await fixture.faults.add(fault) }
      try await fixture.connect()
      await fixture.speak("t", for: .milliseconds(400))
      await fixture.pass(time)
      told = fixture.messages.map { String($0.prefix { $0 != ":" }) }
    }
    return told
  }

  @Test func aMessageIsLostTwiceOrOutOfOrder() async throws {
    let (started, done) = ("stream/started", "stream/done")
    #expect(try await told(of: []) == [started, done])
    #expect(try await told(of: [MessageFault(.didStarted, .lost)]) == [done])
    #expect(try await told(of: [MessageFault(.didDone, .lost)]) == [started])
    #expect(try await told(of: [MessageFault(nil, .lost, times: 2)]) == [])
    #expect(try await told(of: [MessageFault(.didStarted, .twice)]) == [started, started, done])
    #expect(try await told(of: [MessageFault(.didStarted, .swapped)]) == [done, started])
    #expect(try await told(of: [MessageFault(.didStarted, .lost), MessageFault(.didDone, .twice)]) == [done, done])
    #expect(try await told(of: [MessageFault(.heyGenStarted, .lost)]) == [started, done])
    // The last one has nothing to go behind.
    #expect(try await told(of: [MessageFault(.didDone, .swapped)]) == [started])
  }

  @Test func someMayPassFirst() async throws {
    var fault = MessageFault(nil, .lost)
    fault.skip = 1
    #expect(try await told(of: [fault]) == ["stream/started"])
    fault.session = "another"
    #expect(try await told(of: [fault]) == ["stream/started", "stream/done"])
    fault.session = "session-1"
    #expect(try await told(of: [fault]) == ["stream/started"])
  }

  @Test func aLateMessageFollowsTheMocksClock() async throws {
    try await MediaSessionFixture.run(Self.plan, video: nil, audio: false) { fixture in
      try await fixture.faults.add(MessageFault(.didStarted, .late(.seconds(5))))
      try await fixture.connect()
      await fixture.speak("t", for: .milliseconds(400))
      await fixture.pass(.seconds(1))
      #expect(fixture.messages.map { $0.hasPrefix("stream/done") } == [true])
      await fixture.clock.waitForSleepers(1)
      fixture.clock.advance(by: .seconds(5))
      await fixture.transport.waitForMessages(2)
      #expect(fixture.messages.last?.hasPrefix("stream/started:") == true)
    }
  }

  @Test func theControlSurfaceTakesThem() async throws {
    try await MockFixture.run { mock in
      let faults: [JSONValue] = [
        ["message": "stream/started", "fate": "lost", "times": 1],
        ["message": "stream/done", "fate": "late", "delayMs": 500, "times": 2, "skip": 1, "session": "s"],
        ["message": "avatar_start_talking", "fate": "twice", "times": 1], ["message": "*", "fate": "swapped", "times": 1],
      ]
      for fault in faults { #expect(await mock.admin("POST", "messages", fault).status == 201) }
      #expect(await mock.admin("GET", "messages")["faults"] == .array(faults))
      #expect(await mock.admin("DELETE", "messages")["faults"] == [])
      for _ in 0..<FaultList.faultLimit { _ = await mock.admin("POST", "messages", faults[0]) }
      #expect(await mock.admin("POST", "messages", faults[0]).status == 400)
    }
  }

  static let wrong: [JSONValue] = [
    [:], [], ["message": "stream/started"], ["message": "stream/nope", "fate": "lost"], ["message": "*", "fate": "gone"],
    ["message": "*", "fate": "late"], ["message": "*", "fate": "lost", "delayMs": 1], ["message": "*", "fate": "late", "delayMs": 0],
    ["message": "*", "fate": "late", "delayMs": 600_001], ["message": "*", "fate": "lost", "times": 0],
    ["message": "*", "fate": "lost", "skip": -1], ["message": "*", "fate": "lost", "x": 1], ["message": 1, "fate": "lost"],
  ]

  @Test(arguments: wrong)
  func aWrongOneIsRefusedInWords(fault: JSONValue) async throws {
    try await MockFixture.run { mock in
      let reply = await mock.admin("POST", "messages", fault)
      #expect(reply.status == 400, "\(fault.text)")
      #expect(reply["error"]?["message"]?.string?.isEmpty == false)
    }
  }
}
