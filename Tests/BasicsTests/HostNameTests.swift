// Which hosts are this machine's own, and how hosts are written.
import Basics
import Testing

@Suite struct HostNameTests {
  @Test("These are loopback hosts", arguments: ["localhost", "LocalHost", "127.0.0.1", "127.255.0.9", "::1", "[::1]"])
  func loopback(host: String) { #expect(HostName.isLoopback(host)) }

  @Test(
    "These are not, however they look",
    arguments: [
      "", "127.1", "127.0.0.1.example", "127.evil.example", "0127.0.0.1", "127.0.0.01", "127.0.0.256", "127.0.0.+1",
      "0x7f.0.0.1", "2130706433", "::ffff:127.0.0.1", "localhost.", "localhost.example", "128.0.0.1", "0.0.0.0", "::",
    ])
  func others(host: String) { #expect(!HostName.isLoopback(host)) }

  @Test("A port may follow, and nothing else")
  func authorities() {
    for text in ["localhost", "localhost:80", "127.0.0.1:65535", "[::1]", "[::1]:8080"] {
      #expect(HostName.isLoopback(authority: text), "\(text)")
    }
    for text in ["", "localhost:", "localhost:65536", "localhost:80:80", "::1", "[::1", "[::1]x", "user@localhost", "evil.example"] {
      #expect(!HostName.isLoopback(authority: text), "\(text)")
    }
  }

  @Test("A page's origin has a scheme")
  func origins() {
    #expect(HostName.isLoopback(origin: "http://localhost:3000") && HostName.isLoopback(origin: "HTTPS://[::1]"))
    for text in ["null", "localhost", "file://", "ws://localhost", "http://evil.example", "http://localhost/path"] {
      #expect(!HostName.isLoopback(origin: text), "\(text)")
    }
  }

  @Test("An IPv6 address stands in brackets before a port")
  func brackets() {
    #expect(HostName.authority("::1", port: 80) == "[::1]:80" && HostName.authority("host", port: 80) == "host:80")
    #expect(HostName.withoutBrackets("[::1]") == "::1" && HostName.withoutBrackets("host") == "host")
  }
}
