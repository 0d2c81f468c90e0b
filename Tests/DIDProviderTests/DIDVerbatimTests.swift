// Calls that a client wrote in D-ID's own words.
import AvatarProvider
import DIDProvider
import ProviderHTTP
import ProviderTestSupport
import SessionValues
import StrictJSON
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct DIDVerbatimTests {
  /// Words that no adapter would choose, and that come out other than they went in where anybody rewrites them.
  private static let words = Array(#"{ "session_id":"own" ,"new": 1.50, "script": {"type":"llm"} }"#.utf8)

  /// What is left for the client.
  private final class Letters: Sendable {
    let replies = Mutex<[VerbatimReply]>([])
    var call: VerbatimCall {
      VerbatimCall(body: DIDVerbatimTests.words) { reply in self.replies.withLock { $0.append(reply) } }
    }
  }

  @Test func theWordsGoAsTheyCameAndOnce() async throws {
    let bench = DIDBench([.json(500, ["kind": "UnknownError", "description": "no"])])
    let letters = Letters()
    let session = try DIDBench.handle()
    await #expect(throws: ProviderFailure.self) {
      try await VerbatimCall.$current.withValue(letters.call) {
        _ = try await bench.provider.describe(SessionDescription(kind: .answer, sdp: "v=0\r\n"), in: session)
      }
    }
    let request = try await bench.onlyRequest()
    #expect(request.body == Self.words)
    #expect(request.repeatability == .once)
    #expect(letters.replies.withLock { $0.map(\.status) } == [500])
  }

  @Test func optionsAreTheVendorsToJudge() async throws {
    let bench = DIDBench([.json(200, ["video_id": "tlk_1", "duration": 2])])
    let letters = Letters()
    let session = try DIDBench.handle()
    let script = Script(.text("Hello"), options: ["unheard-of": true])
    let talk = try await VerbatimCall.$current.withValue(letters.call) {
      try await bench.provider.speak(script, in: session)
    }
    #expect(talk.id == "tlk_1")
    #expect(try await bench.onlyRequest().body == Self.words)
    #expect(letters.replies.withLock { $0.first?.body }.map { String(decoding: $0, as: UTF8.self) }?.contains("tlk_1") == true)
  }

  /// A gateway may quote the header that it refuses.
  @Test func aReplyThatQuotesTheKeyIsPassedOnWithoutIt() async throws {
    let bench = DIDBench([.json(403, ["message": .string("'Basic \(DIDBench.key)' is not a credential")])])
    let letters = Letters()
    let session = try DIDBench.handle()
    await #expect(throws: ProviderFailure.self) {
      try await VerbatimCall.$current.withValue(letters.call) { try await bench.provider.add(nil, in: session) }
    }
    let body = letters.replies.withLock { String(decoding: $0.first?.body ?? [], as: UTF8.self) }
    #expect(body.contains("(secret)"))
    #expect(!body.contains("Sup3rS3cretKey"))
  }

  /// The page's own mistake ends no stream, and the relay ends one by the id that it knows itself.
  @Test func aWrongSessionIsNoEndAndNoObstacleToOne() async throws {
    let refusal: JSONValue = ["kind": "SessionError", "description": "missing or invalid session_id"]
    let bench = DIDBench([.json(400, refusal), .json(200, [:])])
    let letters = Letters()
    let session = try DIDBench.handle()
    let failure = await #expect(throws: ProviderFailure.self) {
      try await VerbatimCall.$current.withValue(letters.call) {
        _ = try await bench.provider.speak(Script(.text("Hello")), in: session)
      }
    }
    #expect(failure?.code == .rejected)
    try await VerbatimCall.$current.withValue(letters.call) { try await bench.provider.close(session) }
    let closing = try #require(await bench.client.requests.last)
    #expect(try JSONParser.parse(closing.body)["session_id"]?.string == session.routing)
    #expect(closing.repeatability == .repeatable)
  }

  /// What an agent answers is a talk of the stream; the client's own path, name and fields go with the message.
  @Test func aMessageToAnAgentGoesWhereItsClientSaid() async throws {
    let bench = DIDBench([.json(200, ["result": "", "chatMode": "Functional", "videoId": "vid_1"])])
    let details = VerbatimDetails(
      path: ["agents", "agt_1", "chat", "cht_1"], connection: "name", fields: ["x-playground-chat": "true"])
    let call = VerbatimCall(body: Self.words, details: details) { _ in }
    let session = try DIDBench.handle()
    let talk = try await VerbatimCall.$current.withValue(call) {
      try await bench.provider.speak(Script(.audio(url: "")), in: session)
    }
    let request = try await bench.onlyRequest()
    #expect(request.url == "http://did.test/agents/agt_1/chat/cht_1")
    #expect(request.body == Self.words)
    #expect(request.headers.contains { $0.name == "Authorization" && $0.value == "Basic \(DIDBench.key)~name" })
    #expect(request.headers.contains { $0.name == "x-playground-chat" && $0.value == "true" })
    #expect(talk.id == "vid_1")
  }

  /// A chat that is not there is no stream that is not there.
  @Test func aRefusedMessageEndsNoStream() async throws {
    let bench = DIDBench([.json(404, ["kind": "NotFoundError", "description": "chat not found"])])
    let call = VerbatimCall(body: Self.words, details: VerbatimDetails(path: ["agents", "a", "chat", "c"])) { _ in }
    let session = try DIDBench.handle()
    let failure = await #expect(throws: ProviderFailure.self) {
      try await VerbatimCall.$current.withValue(call) {
        _ = try await bench.provider.speak(Script(.audio(url: "")), in: session)
      }
    }
    #expect(failure?.code == .rejected)
  }

  /// The name of a connection behind the key hides it from nobody who quotes the key alone.
  @Test(arguments: [DIDBench.key, "\(DIDBench.key)~name", "Sup3rS3cretKey"])
  func aKeyIsFoundWithANameBehindIt(quoted: String) async throws {
    let bench = DIDBench([.json(403, ["message": .string("'\(quoted)' is not a credential")])])
    let letters = Letters()
    let call = VerbatimCall(body: Self.words, details: VerbatimDetails(connection: "name")) { reply in
      letters.replies.withLock { $0.append(reply) }
    }
    let session = try DIDBench.handle()
    await #expect(throws: ProviderFailure.self) {
      try await VerbatimCall.$current.withValue(call) { try await bench.provider.add(nil, in: session) }
    }
    let body = letters.replies.withLock { String(decoding: $0.first?.body ?? [], as: UTF8.self) }
    #expect(body.contains("(secret)") && !body.contains("Sup3rS3cretKey"))
  }

  @Test func aRequestForAStreamIsReadLeniently() throws {
    let bench = DIDBench()
    let options: JSONObject = [
      "kind": "talk", "source_url": "https://a.example/a.jpg", "unheard-of": 1, "session_timeout": 3600,
      "result_url": "s3://somewhere",
    ]
    #expect(throws: ProviderFailure.self) { try bench.provider.plan(OpenRequest(options: options)) }
    let plan = try bench.provider.plan(OpenRequest(options: options, isVerbatim: true))
    #expect(plan.body["unheard-of"] == 1)
    #expect(plan.body["kind"] == nil)
    #expect(plan.body["session_timeout"] == 300, "no more silence than the operator allows")
    #expect(plan.avatar == "https://a.example/a.jpg")
  }
}
