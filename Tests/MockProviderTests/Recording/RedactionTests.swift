// What a recording writes down of a text, by its form, and that it stays within its bounds.
import Foundation
import StrictJSON
import Testing
import Wire

@testable import MockProvider

@Suite struct RedactionTests {
  @Test(arguments: [
    ("stream_id doesn't exits or not owened by the user", "stream_id doesn't exits or not owened by the user"),
    ("Max user sessions reached", "Max user sessions reached"), ("INVALID_PARAMETER", "INVALID_PARAMETER"),
    ("key sk-live-77x is wrong.", "key text-1 is wrong."), ("mail (a@b.example)", "mail (text-1)"),
    ("from 198.18.0.9, 198.18.0.9", "from 192.0.2.1, 192.0.2.1"), ("in 4400 ms", "in 4400 ms"),
    ("call 4915112345678", "call text-1"), ("id ca7a5e00-1234-4abc-8def-0123456789ab", "id 00000000-0000-4000-8000-000000000001"),
  ])
  func sentence(text: String, expected: String) {
    var standIns = StandIns()
    #expect(standIns.redacted(sentence: text) == expected)
  }

  @Test func nameOfSomebodyIsFoundInASentence() {
    var standIns = StandIns()
    standIns.learn(wordsOf: "Anna Example")
    #expect(standIns.redacted(sentence: "avatar ANNA is gone") == "avatar name-1 is gone")
  }

  @Test(arguments: [
    ("https://u:p@a.example:8443/x/y.PNG?sig=1#z", "https://host-1.example:8443/file-1.png"),
    ("turn:turn.a.example:3478?transport=udp", "turn:host-1.example:3478?transport=udp"),
    ("turn:[2001:db8:1::2]:3478?token=x", "turn:[2001:db8::1]:3478"), ("ws://127.0.0.1:80/s/1", "ws://127.0.0.1:80/file-1"),
    ("data:image/png;base64,AAAA", "data:,file-1"), ("gopher://a.example/x", "text-1"), ("http://localhost", "http://localhost"),
  ])
  func url(text: String, expected: String) {
    var standIns = StandIns()
    #expect(standIns.redacted(url: text) == expected)
  }

  @Test(arguments: [
    ("candidate:99 1 UDP 2122260223 10.1.2.3 50000 typ srflx raddr 10.9.9.9 rport 1 ufrag x", "candidate:1 1 UDP 2122260223 192.0.2.1 50000 typ srflx raddr 192.0.2.2 rport 1"),
    ("candidate:99 1 tcp 1 4f1a-mdns.local 9 typ host tcptype active", "candidate:1 1 tcp 1 host-1.local 9 typ host tcptype active"),
    ("candidate:anything else", nil),
  ] as [(String, String?)])
  func candidate(text: String, expected: String?) {
    var standIns = StandIns()
    #expect(standIns.redacted(candidate: text) == expected)
  }

  /// A browser still reads what is left of an offer: its sections, mids, codecs and one set of credentials.
  @Test func offerStaysOne() async throws {
    try await MockFixture.run { mock in
      let stream = try await DIDStream.create(mock)
      var standIns = StandIns()
      let redacted = standIns.redacted(sdp: stream.offer)
      let lines = redacted.split(separator: "\r\n")
      #expect(lines.filter { $0.hasPrefix("m=") } == stream.offer.split(separator: "\r\n").filter { $0.hasPrefix("m=") })
      #expect(lines.filter { $0.hasPrefix("a=mid:") } == ["a=mid:a", "a=mid:v", "a=mid:d"])
      #expect(Set(lines.filter { $0.hasPrefix("a=ice-pwd:") }).count == 1)
    }
  }

  @Test func standInsHaveABound() {
    var standIns = StandIns()
    for number in 1...StandIns.limit { _ = standIns.standIn(for: "value \(number)", .id) }
    #expect(standIns.standIn(for: "one more", .id) == StandIns.removed)
    #expect(standIns.standIn(for: "value 7", .id) == "id-7")
  }

  @Test func longBodyIsKeptByItsLength() {
    var redaction = ExchangeRedaction()
    let body = Array(repeating: UInt8(ascii: " "), count: ExchangeRedaction.bodyLimit + 1)
    let request = HTTPRequest(method: "POST", path: "/talks/streams", headers: [:], body: body)
    let exchange = redaction.exchange(request, status: 200, headers: [], body: [], source: "s", date: "2026-11-30")
    #expect(exchange.request.body == .text("(\(body.count) bytes)"))
    #expect(exchange.body == .none)
  }

  /// A client's sentences are its own, whatever the member that holds them is called, and so is a number that is an id.
  @Test func whatAClientWritesIsNotTheVendors() throws {
    var redaction = ExchangeRedaction()
    let asked: JSONValue = [
      "description": "Anna lives at Elm Street", "message": "meet me tonight", "type": "text", "state": "of my heart",
      "details": ["note quietly"], "user_id": 48_213, "index": 7,
    ]
    let answered: JSONValue = [
      "description": "Anna lives at Elm Street", "message": "not enough credits", "id": 977, "duration": 977,
    ]
    let request = HTTPRequest(method: "POST", path: "/talks/streams", headers: [:], body: asked.serialized)
    let exchange = redaction.exchange(
      request, status: 402, headers: [], body: answered.serialized, source: "s", date: "2026-11-30")
    #expect(
      exchange.request.body == .json([
        "description": "text-1", "message": "text-2", "type": "text", "state": "text-3", "details": ["text-4"], "user_id": 0,
        "index": 7,
      ]))
    #expect(
      exchange.body == .json(["description": "text-1", "message": "not enough credits", "id": 0, "duration": 977]))
  }

  @Test func sampleIsReadAsItWasWritten() throws {
    var exchange = RecordedExchange(
      source: "s", date: "2026-11-30", request: .init(method: "GET", path: "/v2/streaming.list", query: "token=id-1"), status: 404)
    exchange.request.headers = [.init(name: "accept", value: "*/*")]
    for body in [RecordedExchange.Body.none, .json(["a": nil]), .text("x")] {
      exchange.body = body
      exchange.request.body = body
      #expect(try RecordedExchange(exchange.json) == exchange)
    }
  }

  @Test func folderWithTooManySamplesIsRefused() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for number in 0...SampleFolder.sampleLimit {
      _ = FileManager.default.createFile(atPath: folder.appending(path: "\(number).json").path(), contents: nil)
    }
    #expect(throws: MockStartError.self) { _ = try SampleFolder.load(folder.path()) }
  }
}
