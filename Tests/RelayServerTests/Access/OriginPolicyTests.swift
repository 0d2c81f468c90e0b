// Which pages may connect.
import AccessTokens
import Basics
import Testing
import Transport
import Wire

@testable import RelayServer

@Suite struct OriginPolicyTests {
  @Test(arguments: [
    nil, "http://localhost:3000", "http://127.0.0.1:8080", "https://[::1]:8443", "http://LOCALHOST",
    "https://app.example",
  ])
  func allowed(origin: String?) throws {
    #expect(OriginPolicy(allowed: [try WebOrigin("https://App.example")]).allows(origin))
  }

  @Test(arguments: [
    "https://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "file://",
    "http://localhost@evil.example", "https://app.example.evil", "", "http://", "https://app.example:444",
    "http://[::1].evil.example", "http://[::1]evil", "http://[::1", "http://localhost:80.evil.example",
    "http://localhost:99999", "http://localhost:", "http://127.1", "http://0.0.0.0", "http://2130706433",
    "http://localhost/", "http://localhost http://evil.example",
  ])
  func refused(origin: String) throws {
    #expect(!OriginPolicy(allowed: [try WebOrigin("https://app.example")]).allows(origin))
  }

  private func allows(
    _ origins: [String], host: String? = "192.168.1.5:8080", allowsOwn: Bool = true, isSecure: Bool = false
  ) -> Bool {
    let fields = origins.map { (name: "Origin", value: $0) } + (host.map { [(name: "Host", value: $0)] } ?? [])
    let request = HTTPRequest(method: "GET", path: "/v1/signaling", headers: HTTPHeaders(fields))
    return OriginPolicy(allowed: [], allowsOwn: allowsOwn, isSecure: isSecure).allows(request)
  }

  @Test func theRelaysOwnPagesMayConnectWhereTokensAreAskedFor() {
    #expect(allows(["http://192.168.1.5:8080"]))
    // Without tokens a page from elsewhere could have this host's name.
    #expect(!allows(["http://192.168.1.5:8080"], allowsOwn: false))
    #expect(!allows(["http://192.168.1.5:8081"]) && !allows(["http://192.168.1.6:8080"]) && !allows(["null"]))
    #expect(!allows(["app://192.168.1.5:8080"]) && !allows(["http://192.168.1.5:8080"], host: nil))
    #expect(!allows(["http://192.168.1.5:8080", "http://192.168.1.5:8080"]))
  }

  @Test func theSchemeOfOwnPagesIsThatOfTheListenerOrOfAProxy() {
    #expect(allows(["https://relay.example"], host: "Relay.example") && allows(["http://relay.example"], host: "relay.example:80"))
    #expect(allows(["https://relay.example"], host: "relay.example:443", isSecure: true))
    #expect(!allows(["http://relay.example"], host: "relay.example", isSecure: true))
  }

  private func allowsCall(host: String?, origin: String? = nil, hasTokens: Bool = false, hasAddress: Bool = true) throws -> Bool {
    let fields = [("Host", host), ("Origin", origin)].compactMap { name, value in value.map { (name: name, value: $0) } }
    let request = HTTPRequest(method: "GET", path: "/did/agents/a", headers: HTTPHeaders(fields))
    let policy = OriginPolicy(allowed: [try WebOrigin("https://app.example:8443")], allowsOwn: hasTokens, hasAddress: hasAddress)
    return policy.allowsCall(request)
  }

  /// A page under a name that leads to this machine says no origin where it asks that name for something.
  @Test func aCallThatNamesNoOriginNamesAHostOfThisMachine() throws {
    for host in ["localhost:8080", "127.0.0.1", "[::1]:8080", "app.example:8443", nil] { #expect(try allowsCall(host: host)) }
    for host in ["attacker.example", "attacker.example:8080", "app.example", "localhost.attacker.example", ""] {
      #expect(try !allowsCall(host: host), "\(host)")
      #expect(try !allowsCall(host: host, origin: "https://attacker.example"), "\(host)")
      // It has to show a token, comes by way of a proxy, or is a page that may connect.
      #expect(try allowsCall(host: host, hasTokens: true) && allowsCall(host: host, hasAddress: false), "\(host)")
      #expect(try allowsCall(host: host, origin: "http://localhost:3000"), "\(host)")
    }
  }
}
