// Whose address counts, and who is believed about it.
import Testing
import Transport
import Wire

@testable import RelayServer

@Suite struct ClientAddressTests {
  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("2001:db8:1:2::9", "2001:db8:1:2::/64"), ("2001:db8:1:3::9", "2001:db8:1:3::/64"), ("::1", "::1"),
    ("fe80::1%eth0", "fe80::/64"), ("unix", "unix"), ("2001:DB8::1", "2001:db8::/64"),
  ])
  func networks(address: String, network: String) {
    #expect(PeerNetwork(address: address)?.description == network)
  }

  @Test(arguments: [
    "", "localhost", "1.2.3", "1.2.3.4.5", "010.0.0.1", "1.2.3.4:5", ":::", "unknown", "2001:db8::1/64",
  ])
  func whatIsNoAddress(text: String) {
    #expect(PeerNetwork(address: text) == nil)
  }

  private func network(
    _ peer: String, _ fields: [String], header: String? = "X-Forwarded-For", proxies: [String] = []
  ) -> String {
    let rule = ClientAddress(header: header, proxies: Set(proxies.compactMap { PeerNetwork(address: $0) }))
    let headers = HTTPHeaders(fields.map { (name: "x-forwarded-for", value: $0) })
    return rule.network(of: HTTPRequest(method: "GET", path: "/", headers: headers, remoteAddress: peer)).description
  }

  @Test func strangersAreNotBelieved() {
    #expect(network("192.0.2.1", ["203.0.113.9"]) == "192.0.2.1")
    #expect(network("127.0.0.1", ["203.0.113.9"], header: nil) == "127.0.0.1")
    #expect(network("10.0.0.2", ["203.0.113.9"], proxies: ["10.0.0.1"]) == "10.0.0.2")
  }

  @Test func theNearestAddressThatIsNoProxyCounts() {
    #expect(network("127.0.0.1", ["203.0.113.9"]) == "203.0.113.9")
    #expect(network("unix", ["2001:db8:1:2::9"]) == "2001:db8:1:2::/64")
    // What the client wrote itself stands before what the proxy added.
    #expect(network("127.0.0.1", ["198.51.100.1, 203.0.113.9"]) == "203.0.113.9")
    #expect(network("127.0.0.1", ["198.51.100.1", "203.0.113.9"]) == "203.0.113.9")
    #expect(network("10.0.0.1", ["203.0.113.9, 10.0.0.7"], proxies: ["10.0.0.1", "10.0.0.7"]) == "203.0.113.9")
    #expect(network("127.0.0.1", ["203.0.113.9:4711"]) == "203.0.113.9")
    #expect(network("127.0.0.1", ["[2001:db8::5]:4711"]) == "2001:db8::/64")
  }

  @Test func whatCannotBeReadEndsTheChain() {
    #expect(network("127.0.0.1", []) == "127.0.0.1")
    #expect(network("127.0.0.1", ["unknown"]) == "127.0.0.1")
    #expect(network("127.0.0.1", ["unix"]) == "127.0.0.1")
    #expect(network("10.0.0.1", ["203.0.113.9, junk, 10.0.0.7"], proxies: ["10.0.0.1", "10.0.0.7"]) == "10.0.0.7")
  }

  @Test func settingsAreChecked() throws {
    func read(_ header: String, _ proxies: [String]) throws -> ClientAddress {
      try ClientAddress(
        ConfigurationSources(flags: [.listenProxyHeader: .string(header), .listenTrustedProxies: .stringArray(proxies)])
      )
    }
    #expect(try read("X-Real-IP", ["10.0.0.1"]).proxies == [PeerNetwork(address: "10.0.0.1")])
    #expect(throws: ConfigurationError.self) { try read("", ["10.0.0.1"]) }
    #expect(throws: ConfigurationError.self) { try read("X-Real-IP", ["proxy.example"]) }
    #expect(throws: ConfigurationError.self) { try read("X Real", []) }
  }
}
