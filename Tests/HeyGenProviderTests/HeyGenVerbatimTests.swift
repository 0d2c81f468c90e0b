// Calls that a client wrote in HeyGen's own words.
import AvatarProvider
import HeyGenProvider
import ProviderHTTP
import ProviderTestSupport
import SessionValues
import StrictJSON
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct HeyGenVerbatimTests {
  private static let words = Array(#"{ "session_id":"own" ,"new": 1.50, "text":"Hello" }"#.utf8)

  /// What is left for the client.
  private final class Letters: Sendable {
    let replies = Mutex<[VerbatimReply]>([])
    var call: VerbatimCall {
      VerbatimCall(body: HeyGenVerbatimTests.words) { reply in self.replies.withLock { $0.append(reply) } }
    }
    var body: String { replies.withLock { String(decoding: $0.first?.body ?? [], as: UTF8.self) } }
  }

  @Test func theWordsGoAsTheyCameAndOnce() async throws {
    let bench = HeyGenBench([.json(400, ["code": 400_006, "message": "no"])])
    let letters = Letters()
    let session = try HeyGenBench.handle()
    await #expect(throws: ProviderFailure.self) {
      try await VerbatimCall.$current.withValue(letters.call) {
        _ = try await bench.provider.speak(Script(.text("Hello")), in: session)
      }
    }
    let request = try await bench.onlyRequest()
    #expect(request.body == Self.words)
    #expect(request.repeatability == .once)
    #expect(letters.replies.withLock { $0.map(\.status) } == [400])
  }

  /// A gateway may quote the header that it refuses, or the whole request.
  @Test(arguments: ["the key \(HeyGenBench.key) is not known", "X-Api-Key: \(HeyGenBench.key)"])
  func aReplyThatQuotesTheKeyIsPassedOnWithoutIt(words: String) async throws {
    let bench = HeyGenBench([.json(401, ["code": 400_112, "message": .string(words)])])
    let letters = Letters()
    let session = try HeyGenBench.handle()
    await #expect(throws: ProviderFailure.self) {
      try await VerbatimCall.$current.withValue(letters.call) { _ = try await bench.provider.interrupt(talk: nil, in: session) }
    }
    #expect(letters.body.contains("(secret)"))
    #expect(!letters.body.contains(HeyGenBench.key))
  }

  @Test func aSessionTokenThatIsQuotedIsTakenOutToo() async throws {
    let token = "c2Vzc2lvbi10b2tlbi1vZi1oZXlnZW4"
    let bench = HeyGenBench([.json(401, ["code": 400_112, "message": .string("Bearer \(token) has expired")])]) {
      $0.authentication = .sessionToken
    }
    let letters = Letters()
    let session = try HeyGenBench.handle(token: token)
    await #expect(throws: ProviderFailure.self) {
      try await VerbatimCall.$current.withValue(letters.call) {
        _ = try await bench.provider.speak(Script(.text("Hello")), in: session)
      }
    }
    #expect(letters.body.contains("(secret)"))
    #expect(!letters.body.contains(token))
  }

  /// Whoever writes JSON may escape a slash, and a URL escapes more.
  @Test(arguments: [#"{"message":"a\/b+c\/d==0123 is no key"}"#, #"{"message":"?key=a%2Fb%2Bc%2Fd%3D%3D0123"}"#])
  func aKeyIsFoundAsItIsEscaped(reply: String) async throws {
    let bench = HeyGenBench([.text(401, reply)], key: "a/b+c/d==0123")
    let letters = Letters()
    let session = try HeyGenBench.handle()
    await #expect(throws: ProviderFailure.self) {
      try await VerbatimCall.$current.withValue(letters.call) { _ = try await bench.provider.interrupt(talk: nil, in: session) }
    }
    #expect(letters.body.contains("(secret)"))
    #expect(!letters.body.contains("0123"))
  }
}
