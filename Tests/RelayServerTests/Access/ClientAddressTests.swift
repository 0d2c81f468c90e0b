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
    let rule = ClientAddress(header: header, proxies: proxies.compactMap { AddressRange($0) })
    let headers = HTTPHeaders(fields.map { (name: header?.lowercased() ?? "x-forwarded-for", value: $0) })
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

  @Test func aTrustedAddressIsNotItsNetwork() {
    // Whoever else has an address of the same /64 is a stranger.
    #expect(network("2001:db8:1:2::1", ["203.0.113.9"], proxies: ["2001:db8:1:2::1"]) == "203.0.113.9")
    #expect(network("2001:db8:1:2::2", ["203.0.113.9"], proxies: ["2001:db8:1:2::1"]) == "2001:db8:1:2::/64")
    #expect(network("2001:db8:1:2::2", ["203.0.113.9"], proxies: ["2001:db8:1:2::/64"]) == "203.0.113.9")
    #expect(network("2001:db8:1:3::2", ["203.0.113.9"], proxies: ["2001:db8:1:2::/64"]) == "2001:db8:1:3::/64")
    #expect(
      network("10.1.2.3", ["203.0.113.9, 2001:db8:1:2::2"], proxies: ["10.0.0.0/8", "2001:db8:1:2::1"])
        == "2001:db8:1:2::/64")
    #expect(network("11.1.2.3", ["203.0.113.9"], proxies: ["10.0.0.0/8"]) == "11.1.2.3")
  }

  @Test func forwardedIsUnderstood() {
    func client(_ fields: String..., from peer: String = "127.0.0.1", proxies: [String] = []) -> String {
      network(peer, fields, header: "Forwarded", proxies: proxies)
    }
    #expect(client("for=192.0.2.60;proto=http;by=203.0.113.43") == "192.0.2.60")
    #expect(client(#"For="[2001:db8:cafe::17]:4711""#) == "2001:db8:cafe::/64")
    #expect(client(#"for=192.0.2.43, for="[2001:db8:cafe::17]""#) == "2001:db8:cafe::/64")
    #expect(client("for=192.0.2.43", "for=10.0.0.7", proxies: ["10.0.0.0/8"]) == "192.0.2.43")
    // What the client wrote cannot swallow what the proxy wrote.
    #expect(client(#"for="192.0.2.1, for=192.0.2.60"#) == "192.0.2.60")
    for hidden in ["for=unknown", "for=_hidden", "proto=https", "by=192.0.2.9", "nonsense", #"for="192.0.2.9"#] {
      #expect(client(hidden) == "127.0.0.1")
      #expect(client("for=192.0.2.9, \(hidden)") == "127.0.0.1")
    }
    #expect(client("for=192.0.2.60", from: "198.51.100.1") == "198.51.100.1")
  }

  @Test(arguments: [
    ("10.0.0.1", "10.0.0.1", true), ("10.0.0.1", "10.0.0.2", false), ("10.0.0.0/8", "10.255.0.1", true),
    ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("192.0.2.128/25", "192.0.2.127", false),
    ("192.0.2.128/25", "192.0.2.200", true), ("0.0.0.0/0", "192.0.2.1", true), ("0.0.0.0/0", "2001:db8::1", false),
    ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
    ("fe80::1", "fe80::1%eth0", true), ("::1", "::1", true), ("10.0.0.1/32", "10.0.0.1", true), ("10.0.0.1", "unix", false),
  ])
  func ranges(range: String, address: String, isIn: Bool) throws {
    #expect(try #require(AddressRange(range)).contains(address) == isIn)
  }

  @Test(arguments: [
    "", "/8", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/x",
    "2001:db8::/129", "2001:db8::1/64", "unix", "proxy.example", "10.0.0.0/ 8",
  ])
  func whatIsNoRange(text: String) { #expect(AddressRange(text) == nil) }

  @Test func settingsAreChecked() throws {
    func read(_ header: String, _ proxies: [String]) throws -> ClientAddress {
      try ClientAddress(
        ConfigurationSources(flags: [.listenProxyHeader: .string(header), .listenTrustedProxies: .strings(proxies)])
      )
    }
    #expect(try read("X-Real-IP", ["10.0.0.0/8"]).proxies == [AddressRange("10.0.0.0/8")])
    #expect(throws: ConfigurationError.self) { try read("X-Real-IP", ["10.0.0.1/8"]) }
    #expect(throws: ConfigurationError.self) { try read("", ["10.0.0.1"]) }
    #expect(throws: ConfigurationError.self) { try read("X-Real-IP", ["proxy.example"]) }
    #expect(throws: ConfigurationError.self) { try read("X Real", []) }
  }
}
