// Pictures and sound come from the URL itself, from this machine, or not at all.
import ProviderHTTP
import TalkingAvatar
import Testing

@testable import MockProvider

@Suite struct MediaSourceTests {
  private func load(_ url: String, client: MediaSourceClient = MediaSourceClient()) async -> MediaOutcome {
    await MediaSource(folders: [], client: client, refusedPorts: [8080]).load(url)
  }

  @Test(arguments: [
    "https://d-id-public-bucket.s3.us-west-2.amazonaws.com/alice.jpg", "http://example.com/", "http://10.0.0.1/",
    "http://169.254.169.254/latest/meta-data/", "http://0.0.0.0/", "http://[::]/", "http://127.0.0.1.evil.com/",
    "http://localhost.evil.com/", "http://evil.com#@127.0.0.1/", "http://127.0.0.1@evil.com/", "http://u:p@127.0.0.1/",
    "http://localhost@evil.com:80/", "http://evil.com:80@127.0.0.1/", "http://[::ffff:8.8.8.8]/",
    "http://[::ffff:127.0.0.1]/", "http://[::1%25lo]/", "http://[::1]evil.com/", "http://[::1].evil.com/",
    "http://0x7f000001/", "http://2130706433/", "http://017700000001/", "http://0177.0.0.1/", "http://127.1/",
    "http://127.0.1/", "http://127.0.0.01/", "http://127.0.0.0x1/", "http://127.0.0.256/", "http://127.0.0.1./",
    "http://+127.0.0.1/", "http://127.+0.0.1/", "http://localhost./", "http://127.0.0.1:80:90/", "http:///etc/passwd",
    "http://127.0.0.1:80@evil.com/", "http://127.0.0.1;evil.com/", "http://127.0.0.1%2eevil.com/",
    "http://127.0.0.1:/x@",
    "http://127.0.0.1:+80/", "https://128.0.0.1/", "http://localhos/", "http://",
  ])
  func noOtherHostIsAskedAnything(url: String) async {
    let client = MediaSourceClient()
    let outcome = await load(url, client: client)
    #expect([.notLoaded(.otherHost), .notLoaded(.notAURL)].contains(outcome), "\(outcome)")
    #expect(client.sent.isEmpty)
  }

  @Test(arguments: [
    "http://127.0.0.1\t.evil.com/", "http://127.0.0.1/\n", " http://127.0.0.1/", "http://127.0.0.1\\@evil.com/",
    "http:\\\\127.0.0.1/", "http:/127.0.0.1/", "http://127。0。0。1/", "http://ⓛocalhost/", "http://127.0.0.1/é",
    "http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://127.0.0.1:99999999999999999999/", "http://[::1/",
    "http://127.0.0.1/\r\nHost: evil.com", "http://127.0.0.1/\0", "", ":", "127.0.0.1/x",
  ])
  func textThatIsNoURLIsNotSent(url: String) async {
    let client = MediaSourceClient()
    let outcome = await load(url, client: client)
    #expect([.notLoaded(.notAURL), .notLoaded(.otherHost), .notLoaded(.otherScheme)].contains(outcome), "\(outcome)")
    #expect(client.sent.isEmpty)
  }

  @Test(arguments: ["ftp://127.0.0.1/", "s3://bucket/a.wav", "gopher://127.0.0.1/", "dict://x", "jar:file:///a"])
  func otherSchemesAreNotLoaded(url: String) async {
    #expect(await load(url) == .notLoaded(.otherScheme))
  }

  @Test(arguments: [
    ("http://127.0.0.1:9000/a.png?x=1#top", "http://127.0.0.1:9000/a.png?x=1"),
    ("HTTP://LocalHost:9000/a.png", "http://127.0.0.1:9000/a.png"), ("http://127.8.9.10", "http://127.8.9.10:80/"),
    ("https://[::1]/a?b", "https://[::1]:443/a?b"), ("http://localhost?x", "http://127.0.0.1:80/?x"),
  ])
  func thisMachineIsAskedByItsAddress(url: String, sent: String) async throws {
    let client = MediaSourceClient()
    #expect(await load(url, client: client) == .loaded([7]))
    let request = try #require(client.sent.first)
    #expect(client.sent.count == 1 && request.url == sent && request.method == "GET")
    #expect(request.timeout == .seconds(5) && request.maximumResponseBytes == 10 << 20)
    #expect(request.headers.isEmpty)
  }

  @Test func theMocksOwnPortIsRefused() async {
    let client = MediaSourceClient()
    #expect(await load("http://localhost:8080/__admin/requests", client: client) == .notLoaded(.ownPort))
    #expect(client.sent.isEmpty)
  }

  @Test(arguments: [301, 302, 303, 307, 308])
  func redirectsAreNotFollowed(status: Int) async {
    let client = MediaSourceClient(
      .success(ProviderResponse(status: status, headers: [("location", "http://evil.com/")], body: [1])))
    #expect(await load("http://127.0.0.1:9000/", client: client) == .notLoaded(.redirected))
    #expect(client.sent.count == 1)
  }

  @Test func failuresHaveNames() async {
    let absent = MediaSourceClient(.success(ProviderResponse(status: 404)))
    #expect(await load("http://127.0.0.1:9000/", client: absent) == .notLoaded(.status(404)))
    let silent = MediaSourceClient(.failure(ProviderHTTPFailure(.timeout, neverSent: false)))
    #expect(await load("http://127.0.0.1:9000/", client: silent) == .notLoaded(.failed(.timeout)))
    let empty = MediaSourceClient(.success(ProviderResponse(status: 200)))
    #expect(await load("http://127.0.0.1:9000/", client: empty) == .notLoaded(.empty))
    let bytes = [UInt8](repeating: 1, count: MediaFile.maximumBytes + 1)
    let large = MediaSourceClient(.success(ProviderResponse(status: 200, body: bytes)))
    #expect(await load("http://127.0.0.1:9000/", client: large) == .notLoaded(.tooLarge))
    let long = "http://127.0.0.1:9000/" + String(repeating: "a", count: LoopbackURL.maximumBytes)
    #expect(await load(long) == .notLoaded(.notAURL))
  }

  @Test(
    arguments: [
      ("data:image/png;base64,AQID", [1, 2, 3]), ("DATA:;BASE64,AQI", [1, 2]), ("data:,a%20b", Array("a b".utf8)),
      ("data:image/svg+xml,%3Csvg/%3E", Array("<svg/>".utf8)), ("data:x;base64,AQI%3D", [1, 2]),
    ] as [(String, [UInt8])])
  func dataIsDecoded(url: String, bytes: [UInt8]) async { #expect(await load(url) == .loaded(bytes)) }

  @Test(arguments: ["data:image/png;base64", "data:;base64,!!!!", "data:;base64,A", "data:,%", "data:,%zz", "data:x"])
  func brokenDataIsRefused(url: String) async { #expect(await load(url) == .notLoaded(.malformedData)) }

  @Test func dataHasABound() async {
    #expect(await load("data:,") == .notLoaded(.empty))
    let exact = "data:," + String(repeating: "a", count: MediaFile.maximumBytes)
    guard case .loaded(let bytes) = await load(exact) else {
      Issue.record("not loaded")
      return
    }
    #expect(bytes.count == MediaFile.maximumBytes)
    #expect(await load(exact + "a") == .notLoaded(.tooLarge))
    #expect(await load("data:," + String(repeating: "a", count: MediaSource.maximumURLBytes)) == .notLoaded(.tooLarge))
  }
}
