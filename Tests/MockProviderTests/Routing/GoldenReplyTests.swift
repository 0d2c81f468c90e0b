// The mock's successes have the shape of the golden samples.
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct GoldenReplyTests {
  private func sample(_ contract: String, _ name: String) throws -> GoldenSample {
    try #require(try GoldenSample.all(contract, prefix: name + ".json").first, "\(name)")
  }

  private func expect(_ reply: MockReply, matches sample: GoldenSample) {
    #expect(reply.status == sample.status, "\(sample.name)")
    #expect(GoldenSample.shape(reply.json) == GoldenSample.shape(sample.body), "\(sample.name)")
  }

  @Test(arguments: [
    (MockConfiguration.DIDReplies.y2023, "create-reply-jsep", "sdp-reply-documented", "speak-reply-2023-06"),
    (.y2025, "create-reply", "sdp-reply-observed", "speak-reply-2025-08"),
    (.union, "", "", "speak-reply-sdk"),
  ])
  func didReplies(form: MockConfiguration.DIDReplies, create: String, sdp: String, speak: String) async throws {
    var configuration = MockConfiguration()
    configuration.didReplies = form
    configuration.iceServers = .loopback
    try await MockFixture.run(configuration) { mock in
      if !create.isEmpty {
        let reply = await mock.post("/talks/streams", ["source_url": "https://example.com/a.jpg"])
        expect(reply, matches: try sample("did-talks", create))
      }
      let stream = try await DIDStream.create(mock)
      let answered = await stream.answer()
      if !sdp.isEmpty { expect(answered, matches: try sample("did-talks", sdp)) }
      let taken = await stream.candidate()
      if form != .y2023 { expect(taken, matches: try sample("did-talks", "ice-reply")) }
      expect(await stream.speak(), matches: try sample("did-talks", speak))
    }
  }

  @Test func didUnionServesClientsOfBothTimes() async throws {
    try await MockFixture.run { mock in
      let reply = await mock.post("/talks/streams", ["source_url": "https://example.com/a.jpg"])
      #expect(reply["offer"] == reply["jsep"])
      #expect(reply["offer"]?["type"] == "offer")
      let agent = await mock.post("/agents/agt_1/streams", ["fluent": true])
      #expect(agent["fluent"] == true)
      #expect(agent["interrupt_enabled"] == true)
    }
  }

  @Test func didAgentReplyHasTheGoldenShape() async throws {
    var configuration = MockConfiguration()
    configuration.didReplies = .y2025
    try await MockFixture.run(configuration) { mock in
      let reply = await mock.post("/agents/agt_1/streams", ["fluent": true])
      expect(reply, matches: try sample("did-talks", "create-reply-agent"))
    }
  }

  @Test(arguments: [
    (MockConfiguration.DIDDeleteReply.status, "{\"status\":\"ok\"}"), (.emptyString, "\"\""), (.nothing, ""),
  ])
  func didDeleteReplies(form: MockConfiguration.DIDDeleteReply, body: String) async throws {
    var configuration = MockConfiguration()
    configuration.didDeleteReply = form
    configuration.didReplies = .y2023
    try await MockFixture.run(configuration) { mock in
      let stream = try await DIDStream.create(mock)
      let reply = await stream.delete()
      #expect(reply.status == 200)
      #expect(String(decoding: reply.response.body, as: UTF8.self) == body)
    }
  }

  @Test(arguments: [(MockConfiguration.HeyGenReplies.y2024, "new-reply-2024"), (.y2025, "new-reply-2025")])
  func heyGenNewReplies(form: MockConfiguration.HeyGenReplies, name: String) async throws {
    var configuration = MockConfiguration()
    configuration.heyGenReplies = form
    configuration.iceServers = .loopback
    try await MockFixture.run(configuration) { mock in
      expect(await mock.post("/v1/streaming.new", ["quality": "high"]), matches: try sample("heygen-v1", name))
    }
  }

  @Test func heyGenReplies() async throws {
    try await MockFixture.run { mock in
      expect(await mock.post("/v1/streaming.new", ["version": "v2"]), matches: try sample("heygen-v1", "new-reply-v2"))
      expect(await mock.post("/v1/streaming.create_token", [:]), matches: try sample("heygen-v1", "create-token-reply"))
      let session = try await HeyGenSession.new(mock)
      expect(await session.start(), matches: try sample("heygen-v1", "start-reply"))
      expect(await session.candidate(), matches: try sample("heygen-v1", "ice-reply"))
      expect(await session.task(), matches: try sample("heygen-v1", "task-reply"))
      expect(await session.call("interrupt"), matches: try sample("heygen-v1", "interrupt-reply"))
      expect(await mock.send("GET", "/v1/streaming.list"), matches: try sample("heygen-v1", "list-reply"))
      expect(await session.stop(), matches: try sample("heygen-v1", "stop-reply"))
    }
  }

  @Test func iceServersNeverLeaveTheMachine() async throws {
    for servers in MockConfiguration.IceServers.allCases {
      var configuration = MockConfiguration()
      configuration.iceServers = servers
      try await MockFixture.run(configuration) { mock in
        let did = await mock.post("/talks/streams", ["source_url": "https://example.com/a.jpg"])
        let heyGen = await mock.post("/v1/streaming.new", [:])
        let items = (did["ice_servers"]?.array ?? []) + (heyGen.data?["ice_servers2"]?.array ?? [])
        #expect(items.count == (servers == .none ? 0 : 6))
        for url in items.flatMap({ $0["urls"]?.array ?? [] }) {
          let parts = url.string?.split(separator: ":") ?? []
          #expect(parts.count > 1 && parts[1] == "127.0.0.1", "\(url.text)")
        }
      }
    }
  }
}
