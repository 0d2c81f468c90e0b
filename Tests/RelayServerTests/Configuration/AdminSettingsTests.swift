// Where the operator's requests may be taken.
import ProviderHTTP
import Testing

@testable import RelayServer
@testable import Transport

@Suite struct AdminSettingsTests {
  private func settings(_ listen: String, key: String = "") throws -> AdminSettings? {
    try AdminSettings(ConfigurationSources(flags: [.adminListen: .string(listen), .adminKeyFile: .string(key)]))
  }

  @Test func offUnlessItIsConfigured() throws {
    #expect(try settings("") == nil)
    #expect(try settings("", key: "key") == nil)
  }

  @Test func onlyThisMachine() throws {
    #expect(try settings("unix:/run/x.sock")?.address == .unix(path: "/run/x.sock"))
    #expect(try settings("127.0.0.1:0", key: "k")?.address == .tcp(host: "127.0.0.1", port: 0))
    #expect(try settings("[::1]:9464", key: "k")?.address == .tcp(host: "::1", port: 9464))
    #expect(try settings("localhost:9464", key: "k")?.address == .tcp(host: "localhost", port: 9464))
    for text in [
      "0.0.0.0:1", "192.0.2.1:1", "[::]:1", "example.org:1", ":1", "127.0.0.1", "::1:1", "unix:", "127.0.0.1:x",
    ] {
      #expect(throws: ConfigurationError.self, "\(text)") { try settings(text, key: "k") }
    }
  }

  @Test func numbersMayBeAskedForFromElsewhereWithAKey() throws {
    func metrics(_ listen: String, key: String = "k") throws -> AdminSettings? {
      let flags: [ConfigurationKey: SettingValue] = [.metricsListen: .string(listen), .metricsKeyFile: .string(key)]
      return try AdminSettings.ofMetrics(ConfigurationSources(flags: flags))
    }
    #expect(try metrics("") == nil && metrics("", key: "") == nil)
    #expect(try metrics("0.0.0.0:9464")?.address == .tcp(host: "0.0.0.0", port: 9464))
    #expect(try metrics("[2001:db8::1]:9464")?.address == .tcp(host: "2001:db8::1", port: 9464))
    #expect(try metrics("unix:m.sock", key: "")?.address == .unix(path: "m.sock"))
    for text in [":1", "::1:1", "unix:", "192.0.2.1", "192.0.2.1:x"] {
      #expect(throws: ConfigurationError.self, "\(text)") { try metrics(text) }
    }
    #expect { try metrics("127.0.0.1:1", key: "") } throws: { "\($0)".contains("metrics.key-file") }
  }

  @Test func aPortNeedsAKey() {
    #expect { try settings("127.0.0.1:1") } throws: { ($0 as? ConfigurationError)?.code == .conflict }
  }

  @Test(arguments: [
    "short-canary", "with a blank canary 0123456789abcdef0123", "canary\u{e9}0123456789abcdef0123456789abcdef",
  ])
  func weakKeysAreRefusedAndNotShown(key: String) throws {
    let settings = try #require(try settings("127.0.0.1:1", key: "k"))
    #expect {
      try settings.key { _ in Array(key.utf8) }
    } throws: { ($0 as? ConfigurationError)?.code == .invalidValue && !"\($0)".contains("canary") }
  }

  @Test func aKeyIsReadWithoutWhiteSpace() throws {
    let settings = try #require(try settings("127.0.0.1:1", key: "k"))
    let key = try settings.key { _ in Array(" 0123456789abcdef0123456789abcdef \n".utf8) }
    #expect(key?.reveal { $0 } == "0123456789abcdef0123456789abcdef")
  }
}
