// The settings of access tokens, and how often `/v1/validate` may be asked.
import AccessTokens
import Logging
import MockClock
import Testing
import Wire

@testable import RelayServer
@testable import Transport

@Suite struct AccessSettingsTests {
  private static let secret = "canary-secret-0123456789abcdef0123456789"

  private func load(_ flags: [ConfigurationKey: SettingValue]) throws -> RelayConfiguration {
    try RelayConfiguration(try ConfigurationSources(flags: flags)) { _ in [] }
  }

  private func keys(_ settings: AccessSettings, _ files: [String: String]) async throws
    -> Result<[String], ConfigurationError>
  {
    let loop = try EventLoop()
    let client = try await HTTPClient.start(HTTPClientConfiguration(), on: loop)
    let ring = AccessKeyRing(
      settings, client: client, executor: loop, clock: loop.clock, logger: Logger(label: "test")
    ) { path in
      struct Missing: Error {}
      guard let text = files[path] else { throw Missing() }
      return Array(text.utf8)
    }
    let result: Result<[String], ConfigurationError>
    do throws(ConfigurationError) {
      try await ring.readAll()
      result = .success(await ring.keys.listed)
    } catch { result = .failure(error) }
    await loop.stop()
    return result
  }

  @Test func withoutKeysThereAreNone() throws {
    #expect(try load([:]).access == nil)
    #expect(try load([.accessKeyFiles: .strings([""])]).access == nil)
  }

  @Test func withKeysOtherAddressesMayBeListenedOn() throws {
    let flags: [ConfigurationKey: SettingValue] = [
      .listenHost: .string("0.0.0.0"), .accessKeyFiles: .strings(["a=/k/a", "b=/k/b=c"]),
    ]
    let configuration = try load(flags)
    #expect(configuration.listener.address == .tcp(host: "0.0.0.0", port: 8080))
    #expect(configuration.access?.keyFiles == [.init(text: "a=/k/a"), .init(text: "b=/k/b=c")])
    #expect(configuration.access?.keyFiles.last?.path == "/k/b=c")
    let secret = AccessSettings.KeyFile(text: "a=hs256:/k/a")
    #expect(secret.isSecret && secret.path == "/k/a" && secret.name == "a")
    #expect(configuration.access?.keyFiles.contains { $0.isSecret } == false)
    #expect(throws: ConfigurationError.self) { try load([.listenHost: .string("0.0.0.0")]) }
  }

  @Test func filesAreReadTogetherAndMistakesShowNoKey() async throws {
    let access = try #require(
      try load([.accessKeyFiles: .strings(["a=hs256:a"]), .accessSetFile: .string("set")]).access)
    let set = #"{"keys":[{"kty":"oct","kid":"b","k":"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"}]}"#
    #expect(try await keys(access, ["a": Self.secret, "set": set]) == .success(["a HS256 secret 661e26853513fc3e", "b HS256 secret 595a67cdd155b156"]))
    let large = String(repeating: Self.secret, count: 2000)
    for (files, code) in [
      (["set": set], ConfigurationError.Code.unreadableFile), (["a": large, "set": set], .unreadableFile),
      (["a": "canary", "set": set], .invalidValue), (["a": Self.secret, "set": Self.secret], .invalidValue),
    ] {
      guard case .failure(let error) = try await keys(access, files) else {
        Issue.record("\(files.keys) were accepted")
        continue
      }
      #expect(error.code == code)
      #expect(!error.message.contains("canary"))
    }
  }

  @Test func questionsOfASecondAreBounded() async throws {
    let clock = SteppableClock()
    let key = try AccessKey(name: nil, secretFile: Array(Self.secret.utf8))
    let gate = TokenGate(TokenVerifier(keys: try AccessKeys([key]), leewaySeconds: 0)) { 0 }
    var validation = TokenValidation(gate: gate, clock: clock)
    let question = HTTPRequest(method: "POST", path: TokenValidation.path, headers: ["Authorization": "Bearer a.b.c"])
    func ask(_ address: String) -> HTTPResponse {
      validation.respond(to: question, from: PeerNetwork(address: address)!)
    }
    for _ in 0..<TokenValidation.maximumPerSecond { #expect(ask("192.0.2.1").status == 200) }
    let refused = ask("192.0.2.1")
    #expect(refused.status == 429)
    #expect(refused.headers["Retry-After"] == "1")
    // Nobody else has to wait for them, until too many ask at once.
    for index in 1..<TokenValidation.maximumNetworks { #expect(ask("10.0.\(index / 256).\(index % 256)").status == 200) }
    #expect(ask("192.0.2.2").status == 429)
    #expect(ask("10.0.0.1").status == 200)
    clock.advance(by: .seconds(1))
    #expect(ask("192.0.2.1").status == 200 && ask("192.0.2.2").status == 200)
  }
}
