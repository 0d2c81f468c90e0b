// Which pages may connect.
import Testing

@testable import RelayServer

@Suite struct OriginPolicyTests {
  @Test(arguments: [
    nil, "http://localhost:3000", "http://127.0.0.1:8080", "https://[::1]:8443", "http://LOCALHOST",
    "https://app.example",
  ])
  func allowed(origin: String?) {
    #expect(OriginPolicy(allowed: ["https://App.example"]).allows(origin))
  }

  @Test(arguments: [
    "https://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "file://",
    "http://localhost@evil.example", "https://app.example.evil", "", "http://", "https://app.example:444",
    "http://[::1].evil.example", "http://[::1]evil", "http://[::1", "http://localhost:80.evil.example",
    "http://localhost:99999", "http://localhost:", "http://127.1", "http://0.0.0.0", "http://2130706433",
    "http://localhost/", "http://localhost http://evil.example",
  ])
  func refused(origin: String) {
    #expect(!OriginPolicy(allowed: ["https://app.example"]).allows(origin))
  }
}
