// What the kits have in other languages, in Swift: a mock on its port, and scenarios of it.
import Basics
import ProviderHTTP
import StrictJSON
import Testing
import Transport

@testable import MockProvider

@Suite struct ScenarioControlTests {
  /// A mock without media, and what calls it.
  private func run(_ body: (MockServer, Caller) async throws -> Void) async throws {
    var configuration = MockConfiguration()
    configuration.media = .none
    let mock = try await MockServer.start(configuration)
    let loop = try EventLoop()
    let client = try await HTTPClient.start(HTTPClientConfiguration(), on: loop)
    do { try await body(mock, Caller(url: mock.baseURL, client: client)) } catch {
      await mock.stop()
      await loop.stop()
      throw error
    }
    await mock.stop()
    await loop.stop()
  }

  private struct Caller: Sendable {
    let url: String
    let client: HTTPClient

    /// Creates a stream.
    /// - Returns: the status, and the stream's id.
    @discardableResult
    func create(_ url: String = "https://example.com/a.jpg", key: String = "any", headers: [String: String] = [:])
      async throws -> (status: Int, id: String?)
    {
      let fields = [("Authorization", "Basic \(key)"), ("Content-Type", "application/json")] + headers.map { ($0.key, $0.value) }
      let body: JSONValue = ["source_url": .string(url)]
      let reply = try await client.send(
        ProviderRequest(
          method: "POST", url: self.url + "/talks/streams", headers: fields, body: body.serialized, repeatability: .once,
          timeout: .seconds(60), maximumResponseBytes: 1 << 20))
      return (reply.status, (try? JSONParser.parse(reply.body))?["id"]?.string)
    }
  }

  @Test func aCallIsWaitedForUntilItIsAnswered() async throws {
    try await run { mock, caller in
      try await mock.clock.stop()
      var fault = Fault(.call(.didCreate), .none)
      fault.delay = .seconds(5)
      try await mock.fault(fault)
      async let created = caller.create()
      #expect(try await mock.waitFor(.didCreate).answered == nil)
      let early = await #expect(throws: VerificationError.self) {
        try await mock.waitFor(.didCreate, stage: .answered, timeout: .milliseconds(20))
      }
      #expect(early?.description.hasSuffix("not answered yet") == true)
      try await mock.clock.advance(by: .seconds(5))
      #expect(try await created.status == 201)
      #expect(try await mock.waitFor(.didCreate, stage: .answered).answered ?? .zero >= .seconds(5))
    }
  }

  @Test func callsAreJudgedAsTheControlSurfaceDoes() async throws {
    try await run { mock, caller in
      for name in ["anna", "bob", "bert"] { try await caller.create("https://example.com/\(name).jpg") }
      let isB = try CallCondition("body.source_url", .pattern(TextPattern("/b[a-z]+[.]jpg$")))
      #expect(try await mock.verify(.didCreate, where: [isB, .status(201)], count: 2).count == 2)
      #expect(await mock.calls(.did, where: [isB]).count == 2)
      #expect(try await mock.verifyOrder(.didCreate, .didCreate).map(\.number) == [1, 2])
      let failure = await #expect(throws: VerificationError.self) { try await mock.verify(.didCreate, text: "Hello") }
      #expect(failure?.description.hasPrefix(#"at least one call of did.create and text contains "Hello": seen 0"#) == true)
      #expect(failure?.description.contains("text is not there") == true)
      #expect(throws: VerificationError.self) { try CallCondition("", .present(true)) }
      let open = await #expect(throws: VerificationError.self) { try await mock.verifyNoOpenSessions(timeout: .zero) }
      #expect(open?.description.hasPrefix("3 session(s) left open: did ") == true)
    }
  }

  @Test func scenariosAreAlone() async throws {
    try await run { mock, caller in
      let (one, two) = (try mock.scenario("one"), try mock.scenario("two"))
      try await one.fault(Fault(.did, .answer(status: 418, body: nil)))
      try await one.messageFault(MessageFault(.didDone, .lost))
      #expect(try await caller.create(headers: one.headers).status == 418)
      let first = try await caller.create(key: one.key)
      #expect(try await caller.create(headers: two.headers).status == 201)
      #expect(await one.journal.count == 2)
      #expect(await two.sessions.count == 1)
      #expect(await mock.journal.isEmpty)
      await one.reset()
      #expect(await one.journal.isEmpty)
      #expect(try await caller.create(key: one.key).id == first.id)
      await one.close()
      await two.close()
      #expect(try await caller.create(key: one.key).status == 201)
      #expect(await mock.sessions.count == 1)
      #expect(throws: VerificationError.self) { try mock.scenario("") }
      await #expect(throws: FaultError.self) { try await mock.messageFault(MessageFault(nil, .late(.zero))) }
      await #expect(throws: FaultError.self) { try await mock.fault(Fault(.did, .error("nope"))) }
    }
  }

  /// A fault that is set nowhere would let a test pass that was to fail.
  @Test func oneScenarioTooManyIsSaidAndNotOpened() async throws {
    try await run { mock, _ in
      for number in 1...ScenarioDirectory.limit {
        try await mock.scenario("\(number)").fault(Fault(.did, .drop))
      }
      let surplus = try mock.scenario("one more")
      let refusal = await #expect(throws: FaultError.self) { try await surplus.fault(Fault(.did, .drop)) }
      #expect(refusal?.description.hasPrefix("64 scenarios are open") == true)
      await #expect(throws: FaultError.self) { try await surplus.messageFault(MessageFault(.didDone, .lost)) }
      await surplus.reset()
      #expect(await mock.state.scenarioNames.count == ScenarioDirectory.limit + 1)
      try await mock.scenario("1").close()
      try await surplus.fault(Fault(.did, .drop))
    }
  }
}
