// Which calls are passed on, where a token stands in place of a key, and what a preflight allows.
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
    ("Authorization", "Client-Key a.b.c", nil), ("Authorization", "a.b.c", nil), ("Authorization", "Basic a b", nil),
  ])
  func whereATokenStands(field: String, value: String, token: String?) {
    #expect(JoinToken(inPlaceOfKey: HTTPHeaders([(name: field, value: value)]))?.value == token)
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
