// Header fields in the journal: what is no secret as it is, what is one as its fingerprint.
import Testing
import Wire

@testable import MockProvider

@Suite struct JournalHeaderTests {
  private func recorded(_ headers: HTTPHeaders) -> [String: String] {
    let fields = HeaderRecord.headers(of: HTTPRequest(method: "GET", path: "/", headers: headers)).fields
    return Dictionary(
      uniqueKeysWithValues: (fields.object?.members ?? []).map { ($0.name, $0.value.string ?? "") })
  }

  @Test func namesAndHarmlessValuesAreKept() {
    let headers = recorded([
      "User-Agent": "greeter/1.0", "X-Tenant": "a", "x-tenant": "b", "Content-Type": "application/json",
      "Origin": "http://localhost:3000", "Referer": "http://localhost:3000/page?token=t#x",
    ])
    #expect(
      headers == [
        "user-agent": "greeter/1.0", "x-tenant": "a, b", "content-type": "application/json",
        "origin": "http://localhost:3000", "referer": "http://localhost:3000/page",
      ])
  }

  @Test func aSecretStandsAsItsFingerprint() throws {
    let headers = recorded(["Authorization": "Basic user:secret", "X-Api-Key": "user:secret", "X-Other": "is user:secret"])
    let print = try #require(headers["x-api-key"])
    #expect(print.hasPrefix("sha256:") && print.count == 19)
    #expect(headers["authorization"] == "Basic \(print)")
    #expect(headers["x-other"]?.hasPrefix("sha256:") == true)
    #expect(recorded(["X-Api-Key": "user:secret"])["x-api-key"] == print)
    #expect(recorded(["X-Api-Key": "another"])["x-api-key"] != print)
    // A word that is no secret does not become one by standing beside one.
    let harmless = recorded(["Authorization": "Bearer long-token", "User-Agent": "Bearer-Browser/1"])
    #expect(harmless["user-agent"] == "Bearer-Browser/1")
    let cookie = recorded(["Cookie": "id=long-token; x=y", "X-Seen": "long-token"])
    #expect(cookie["x-seen"]?.hasPrefix("sha256:") == true)
    #expect(recorded(["Authorization": "loose"])["authorization"]?.hasPrefix("sha256:") == true)
  }

  @Test func headersAreBounded() {
    let many = HTTPHeaders((0..<200).map { (name: "X-\($0)", value: String(repeating: "v", count: 4000)) })
    let headers = recorded(many)
    #expect(headers.count == HeaderRecord.fieldLimit)
    #expect(headers.values.allSatisfy { $0.count == HeaderRecord.valueLimit + 1 })
  }

  @Test func theyAreAskedForLikeTheBody() async throws {
    try await MockFixture.run { mock in
      _ = await mock.send("GET", "/v1/streaming.list", headers: ["X-Api-Key": "k", "X-Tenant": "a"])
      let found = await mock.admin("POST", "requests/find", ["where": ["headers.x-tenant": "a"]])
      #expect(found["total"] == 1)
      #expect(await mock.admin("POST", "requests/find", ["where": ["headers['x-tenant']": "b"]])["total"] == 0)
    }
  }
}
