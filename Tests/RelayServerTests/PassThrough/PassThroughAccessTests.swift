// Which calls are passed on, where a token stands in place of a key, and what a preflight allows.
import Basics
import MockClock
import Relay
import Signaling
import Testing
import Wire

@testable import RelayServer

@Suite struct PassThroughAccessTests {
  @Test(arguments: [
    ("GET /did/agents/{id}", "GET", "did/agents/agt_1", true), ("GET /did/agents/{id}", "POST", "did/agents/agt_1", false),
    ("GET /did/agents/{id}", "GET", "did/agents/agt_1/chat", false), ("GET /did/agents/{id}", "GET", "did/agents/", false),
    ("GET /did/agents/{id}", "GET", "did/agents/..", false), ("GET /did/agents/{id}", "GET", "did/agents/%2e%2e", false),
    ("GET /did/agents/{id}", "GET", "heygen/agents/agt_1", false),
    ("POST /did/agents/{id}/chat/{chat}", "POST", "did/agents/a/chat/c.~_-1", true),
    ("GET /heygen/v1/streaming.list", "GET", "heygen/v1/streaming.list", true),
  ])
  func whatIsAllowed(rule: String, method: String, path: String, isAllowed: Bool) throws {
    let call = try #require(AllowedCall(rule))
    let segments = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    #expect(call.matches(method, segments) == isAllowed)
  }

  @Test(arguments: ["", "GET", "GET /", "GET /did", "GET /other/x", "get /did/x", "GET did/x", "GET /did/../x", "GET /did//x", "GET /did/a?b", "GET /did/x y"])
  func whatIsNoRule(text: String) { #expect(AllowedCall(text) == nil) }

  @Test(arguments: [
    ("X-Api-Key", "a.b.c", "a.b.c"), ("Authorization", "Bearer a.b.c", "a.b.c"), ("Authorization", "bearer a.b.c~1_x", "a.b.c"),
    ("Authorization", "Basic a.b.c", "a.b.c"), ("Authorization", "Basic user:a.b.c~1_x", "a.b.c"),
    // user:a.b.c, with and without its padding.
    ("Authorization", "Basic dXNlcjphLmIuYw==", "a.b.c"), ("Authorization", "Basic dXNlcjphLmIuYw~1_x", "a.b.c"),
    // ü?>:a.b.c has both characters that base64url writes otherwise.
    ("Authorization", "Basic w7w/PjphLmIuYw==", "a.b.c"),
    ("Authorization", "Client-Key a.b.c.ext_1", "a.b.c"), ("Authorization", "Client-Key eyJ.b.c.joe.d@example.com_1", "eyJ.b.c"),
    ("Authorization", "Client-Key eyJ.b.c", "eyJ.b.c"),
    ("Authorization", "Client-Key a.b.c", nil), ("Authorization", "a.b.c", nil), ("Authorization", "Basic a b", nil),
  ])
  func whereATokenStands(field: String, value: String, token: String?) {
    #expect(JoinToken(inPlaceOfKey: HTTPHeaders([(name: field, value: value)]))?.value == token)
  }

  @Test(arguments: [
    ("Basic key~1_x", "1_x"), ("Bearer a.b.c~auth0|1_x~y", "auth0|1_x~y"), ("Client-Key ck_1.ext_9", "ext_9"),
    ("Client-Key eyJ.b.c.joe.d@example.com_1", "joe.d@example.com_1"), ("Client-Key eyJ.b.c", nil),
    ("Basic key", nil), ("Basic key~", nil), ("Client-Key ck", nil), ("~1", nil), ("Basic a b~1", nil),
  ])
  func whereTheNameOfAConnectionStands(value: String, id: String?) {
    #expect(ConnectionName.shown(in: ["Authorization": value]) == id)
  }

  /// What the vendor is told is the same wherever it is asked, and another for each subject and each id.
  @Test func theNameThatTheVendorIsToldIsOnesOwn() {
    let told = ConnectionName.told(of: "1_x", by: "alice")
    #expect(told == ConnectionName.told(of: "1_x", by: "alice"))
    let others = [
      ConnectionName.told(of: "1_x", by: "mallory"), ConnectionName.told(of: "1_y", by: "alice"),
      ConnectionName.told(of: "1_x", by: nil), ConnectionName.told(of: "alice\0" + "1_x", by: nil),
    ]
    #expect(Set(others + [told]).count == 5)
    #expect(told.utf8.allSatisfy { Base64URL.isCharacter($0) })
  }

  @Test(arguments: [
    ("GET", "did/agents/agt_1", true), ("GET", "did/agents/agt_1/runtime", true), ("POST", "did/agents/agt_1/chat", true),
    ("POST", "did/agents/agt_1/chat/cht_1", true), ("PATCH", "did/agents/agt_1/chat/cht_1/ratings/r", true),
    ("POST", "did/agents/client-key", false), ("GET", "did/agents", false), ("DELETE", "did/agents/agt_1", false),
    ("PATCH", "did/agents/agt_1", false),
  ])
  func whatTheClientSDKMayCall(method: String, path: String, isAllowed: Bool) {
    let segments = path.split(separator: "/").map(String.init)
    #expect(AllowedCall.ofDIDClientSDK.contains { $0.matches(method, segments) } == isAllowed)
    #expect(AllowedCall.ofDIDClientSDK.count == 10)
  }

  private func caller(_ subject: String?, handed: String? = nil) -> PassThroughCaller {
    PassThroughCaller(
      token: nil, permit: subject.map { Permit(subject: $0, expiry: MonotonicInstant(sinceStart: .seconds(1))) }, handed: handed,
      subject: subject.map { .token($0) } ?? .address("127.0.0.1"), connection: nil)
  }

  @Test func nobodyTakesAllTokensThatAreHandedOut() throws {
    let clock = SteppableClock()
    var callers = PassThroughCallers(gate: nil, namesAll: false, clock: clock)
    func take(_ count: Int, _ subject: String?) throws {
      for _ in 0..<count { _ = try callers.handOut(to: caller(subject)) }
    }
    let (most, share) = (PassThroughCallers.maximumHanded, PassThroughCallers.maximumHandedPerSubject)
    try take(share, "a")
    #expect(throws: SignalingError.self) { try take(1, "a") }
    try take(most - share, nil)
    let refusal = #expect(throws: SignalingError.self) { try take(1, "b") }
    #expect(refusal?.kind == .requestOverload && refusal?.retryAfterMs == PassThroughCallers.handedTime.milliseconds)
    clock.advance(by: PassThroughCallers.handedTime)
    try take(share, "a")
    try take(1, "b")
  }

  /// Two names that only look the same are two subjects.
  @Test func aSessionIsFoundByItsSubjectAlone() {
    let composed = caller("ren\u{e9}")
    #expect(composed.mayUse(sessionOf: caller("ren\u{e9}")) && !composed.mayUse(sessionOf: caller("rene\u{301}")))
    #expect(caller(nil).mayUse(sessionOf: caller(nil)) && !caller(nil).mayUse(sessionOf: composed))
    #expect(!caller("a", handed: "t").mayUse(sessionOf: caller("a")) && caller("a").mayUse(sessionOf: caller("a", handed: "t")))
  }

  @Test(arguments: [
    ("authorization, x-new", "authorization, x-new"), ("", "authorization, content-type, x-api-key"),
    ("bad name", "authorization, content-type, x-api-key"), ("a,,b", "a,,b"),
  ])
  func whatAPreflightAllows(asked: String, allowed: String) {
    let request = HTTPRequest(
      method: "OPTIONS", path: "/did/talks/streams",
      headers: ["Origin": "http://localhost:3000", "Access-Control-Request-Headers": asked])
    let answer = PageAccess.preflight(request)
    #expect(answer.headers["Access-Control-Allow-Headers"] == allowed)
    #expect(answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000")
    #expect(answer.headers["Access-Control-Allow-Credentials"] == nil)
  }
}
