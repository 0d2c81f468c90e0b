// When access keys are read and fetched, and which count while that fails.
import AccessTokens
import Basics
import LogLines
import Logging
import MockClock
import ProviderHTTP
import Synchronization
import Testing
import Transport

@testable import RelayServer

@Suite(.timeLimit(.minutes(1))) struct AccessKeyRingTests {
  private static func set(_ names: String...) -> String {
    let keys = names.map { #"{"kid":"\#($0)","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"# }
    return #"{"keys":[\#((keys + [#"{"kty":"RSA","kid":"strange"}"#]).joined(separator: ","))]}"#
  }
  private static let secret = "canary-secret-0123456789abcdef0123456789"
  private static let url = "https://issuer.example/jwks.json"
  private static let fromURL: [ConfigurationKey: SettingValue] = [
    .accessSetURL: .string(url), .accessSetRefreshSeconds: .int(300), .accessSetKeepSeconds: .int(1000),
  ]

  @Test func aSetIsFetchedAgainAndAgain() async throws {
    try await withStage(Self.fromURL, ["set": Self.set("a")]) { (stage) async throws in
      try await stage.ring.readAll()
      #expect(await stage.names == ["a"])
      let request = try #require(stage.server.requests.first)
      #expect(request.url == Self.url && request.method == "GET" && request.maximumResponseBytes == KeySet.maximumBytes)
      #expect(stage.log.text.contains("key strange is an RSA key"))
      await stage.ring.keepFresh { keys in stage.changes.withLock { $0.append(keys.names) } }
      stage.server.answer(Self.set("a", "b"))
      await stage.next(.seconds(300))
      #expect(stage.changes.withLock { $0 } == [["a", "b"]])
      // What is the same is no change, and is not said again.
      await stage.next(.seconds(300))
      #expect(stage.changes.withLock { $0.count } == 1)
      // A key that was withdrawn goes, however strange its neighbour is.
      stage.server.answer(Self.set("b"))
      await stage.next(.seconds(300))
      #expect(stage.changes.withLock { $0.last } == ["b"])
      #expect(stage.log.text.components(separatedBy: "an RSA key").count == 2)
    }
  }

  @Test func theLastGoodSetCountsForItsTime() async throws {
    try await withStage(Self.fromURL, ["set": Self.set("a")]) { (stage) async throws in
      try await stage.ring.readAll()
      await stage.ring.keepFresh { keys in stage.changes.withLock { $0.append(keys.names) } }
      stage.server.answer(nil)
      await stage.next(.seconds(300))
      var passed = Duration.seconds(300)
      while passed < .seconds(990) {
        await stage.next(AccessKeyRing.retryPause)
        passed += AccessKeyRing.retryPause
        #expect(await stage.names == ["a"])
      }
      #expect(stage.log.text.contains("not fetched, the old ones stay") && stage.log.text.contains("unreachable"))
      await stage.next(.seconds(1000) - passed)
      #expect(await stage.names.isEmpty && stage.changes.withLock { $0 } == [[]])
      #expect(stage.log.text.contains("no old one counts any more"))
      stage.server.answer(Self.set("b"))
      await stage.next(AccessKeyRing.retryPause)
      #expect(await stage.names == ["b"])
    }
  }

  @Test(arguments: [(200, "not a set"), (404, set("x")), (302, ""), (500, set("x")), (200, #"{"keys":[{"kty":"RSA"}]}"#)])
  func anAnswerThatIsNoSetChangesNothing(status: Int, body: String) async throws {
    try await withStage(Self.fromURL, ["set": Self.set("a")]) { (stage) async throws in
      try await stage.ring.readAll()
      await stage.ring.keepFresh { keys in stage.changes.withLock { $0.append(keys.names) } }
      stage.server.answer(body, status: status)
      await stage.next(.seconds(300))
      #expect(await stage.names == ["a"] && stage.changes.withLock { $0.isEmpty })
    }
    // At the start there is nothing to keep.
    try await withStage(Self.fromURL, [:]) { (stage) async throws in
      stage.server.answer(body, status: status)
      await #expect(throws: ConfigurationError.self) { try await stage.ring.readAll() }
    }
  }

  /// On SIGHUP each place is read apart from the others.
  @Test func aBrokenPlaceKeepsItsOwnKeysAndNoOthers() async throws {
    let flags: [ConfigurationKey: SettingValue] = [
      .accessKeyFiles: .strings(["f=hs256:file"]), .accessSetFile: .string("set"),
    ]
    try await withStage(flags, ["file": Self.secret, "set": Self.set("a", "b")]) { (stage) async throws in
      try await stage.ring.readAll()
      #expect(await stage.names == ["f", "a", "b"])
      stage.files.withLock { $0 = ["file": "canary-short", "set": Self.set("b")] }
      #expect(await stage.ring.readAgain()?.names == ["f", "b"])
      #expect(stage.log.text.contains("not reloaded, the old ones stay"))
      stage.files.withLock { $0 = ["file": Self.secret, "set": "{}"] }
      #expect(await stage.ring.readAgain() == nil)
      #expect(await stage.names == ["f", "b"])
      #expect(!stage.log.text.contains("canary"))
    }
  }

  @Test(arguments: [
    "http://issuer.example/jwks", "http://127.0.0.1/jwks", "https://", "https://:443/", "https://user@issuer.example/",
    "https://issuer.example/#a", "https://issuer.example/a b", "file:///etc/keys", "issuer.example",
  ])
  func onlyHTTPSIsFetched(url: String) throws {
    #expect(throws: ConfigurationError.self) {
      try RelayConfiguration(try ConfigurationSources(flags: [.accessSetURL: .string(url)])) { _ in [] }
    }
  }

  private struct Stage {
    let ring: AccessKeyRing
    let server: ScriptedIssuer
    let clock: SteppableClock
    let log: LogText
    let files: Box<[String: String]>
    let changes: Box<[[String]]>
    var names: [String] { get async { await ring.keys.names } }

    /// Moves the time to the next fetch, and waits until it is over.
    func next(_ time: Duration) async {
      await clock.waitForSleepers(1)
      let count = server.requests.count
      clock.advance(by: time - .milliseconds(1))
      #expect(server.requests.count == count)
      clock.advance(by: .milliseconds(1))
      await clock.waitForSleepers(1)
      #expect(server.requests.count == count + 1)
    }
  }

  private func withStage(
    _ flags: [ConfigurationKey: SettingValue], _ files: [String: String], _ body: (Stage) async throws -> Void
  ) async throws {
    let loop = try EventLoop()
    let settings = try #require(try AccessSettings(try ConfigurationSources(flags: flags)))
    let (log, clock, contents, server) = (LogText(), SteppableClock(), Box(files), ScriptedIssuer())
    server.answer(files["set"])
    let logger = Logger(label: "test") { LineLogHandler(label: $0, format: .text, level: .debug, write: log.append) }
    let ring = AccessKeyRing(settings, client: server, executor: loop, clock: clock, logger: logger) { path in
      struct Missing: Error {}
      guard let text = contents.withLock({ $0[path] }) else { throw Missing() }
      return Array(text.utf8)
    }
    let result: Result<Void, any Error>
    do {
      result = .success(
        try await body(Stage(ring: ring, server: server, clock: clock, log: log, files: contents, changes: Box([]))))
    } catch { result = .failure(error) }
    await ring.stop()
    await loop.stop()
    try result.get()
  }
}

extension AccessKeys {
  fileprivate var names: [String] { listed.map { String($0.prefix { $0 != " " }) } }
}

/// A value that a closure and a test share.
private final class Box<Value: Sendable>: Sendable {
  private let value: Mutex<Value>
  init(_ value: Value) { self.value = Mutex(value) }
  func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
    value.withLock { value in
      var copy = value
      defer { value = copy }
      return body(&copy)
    }
  }
}

private final class LogText: Sendable {
  private let lines = Mutex("")
  var text: String { lines.withLock { $0 } }
  func append(_ line: String) { lines.withLock { $0 += line } }
}

/// Answers each request with what it was told last; nil is a connection that is not made.
private final class ScriptedIssuer: ProviderHTTPClient {
  private let state = Mutex((requests: [ProviderRequest](), status: 200, body: String?.none))
  var requests: [ProviderRequest] { state.withLock { $0.requests } }

  func answer(_ body: String?, status: Int = 200) { state.withLock { ($0.status, $0.body) = (status, body) } }

  func send(_ request: ProviderRequest) async throws(ProviderHTTPFailure) -> ProviderResponse {
    let (status, body) = state.withLock { state in
      state.requests.append(request)
      return (state.status, state.body)
    }
    guard let body else { throw ProviderHTTPFailure(.unreachable, neverSent: true) }
    return ProviderResponse(status: status, body: Array(body.utf8))
  }
}
