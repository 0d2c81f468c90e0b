// Reading what any provider sends: Retry-After, ICE servers, descriptions, durations.
import AvatarProvider
import ProviderHTTP
import SessionValues
import StrictJSON
import Testing

@testable import ProviderCalls

@Suite struct ReplyReadingTests {
  @Test(arguments: [
    ("0", Duration.seconds(0)), ("7", .seconds(7)), ("86400", .seconds(86_400)), ("86401", .seconds(86_400)),
    ("99999999999999999999999999", .seconds(86_400)),
  ])
  func retryAfterInSeconds(text: String, expected: Duration) {
    #expect(ProviderResponse(status: 429, headers: [(name: "retry-after", value: text)]).retryAfter == expected)
  }

  @Test(arguments: ["", "-1", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "٣", "0x10"])
  func otherFormsOfRetryAfterAreNotRead(text: String) {
    #expect(ProviderResponse(status: 429, headers: [(name: "retry-after", value: text)]).retryAfter == nil)
  }

  @Test(arguments: [
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
    ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400), ("Wed, 31 Dec 2025 23:59:59 GMT", 1_767_225_599),
    ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799), ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
  ])
  func timeOfAReply(text: String, seconds: Int64) {
    #expect(ProviderResponse(status: 200, headers: [(name: "date", value: text)]).date == seconds)
  }

  @Test(arguments: [
    "", "now", "0", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 08:49:٣٧ GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06  Nov 1994 08:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT",
  ])
  func otherFormsOfATimeAreNotRead(text: String) {
    #expect(ProviderResponse(status: 200, headers: [(name: "date", value: text)]).date == nil)
    #expect(ProviderResponse(status: 200).date == nil)
  }

  @Test func iceServersOfEveryShape() {
    let servers = IceServer.list(from: [
      ["urls": "stun:a"], ["urls": ["turn:b", "turns:b"], "username": "u", "credential": "c"], "stun:c",
      ["urls": ["stun:d"], "username": nil, "credential": "", "credentialType": "password"],
      ["urls": []], ["urls": [7, ""]], 7, nil, [:],
    ])
    #expect(
      servers == [
        IceServer(urls: ["stun:a"]), IceServer(urls: ["turn:b", "turns:b"], username: "u", credential: "c"),
        IceServer(urls: ["stun:c"]), IceServer(urls: ["stun:d"], credential: ""),
      ])
    #expect(IceServer.list(from: nil).isEmpty)
    #expect(IceServer.list(from: .null).isEmpty)
    #expect(IceServer.list(from: "stun:a").isEmpty)
  }

  @Test func iceServersAreBounded() {
    let many = JSONValue.array(Array(repeating: "stun:a", count: 1000))
    #expect(IceServer.list(from: many).count == IceServer.maximumCount)
    #expect(IceServer.list(from: [["urls": many]]).first?.urls.count == IceServer.maximumCount)
  }

  @Test func onlyAnOfferIsAnOffer() {
    #expect(SessionDescription(offer: ["type": "offer", "sdp": "v=0"])?.sdp == "v=0")
    for value: JSONValue in [
      nil, "v=0", [:], ["type": "answer", "sdp": "v=0"], ["type": "offer"], ["type": "offer", "sdp": ""],
      ["sdp": "v=0"],
      ["type": "offer", "sdp": 7],
    ] {
      #expect(SessionDescription(offer: value) == nil)
    }
  }

  @Test func durationsAreBelievedWithinReason() {
    #expect(Duration(3.275, unitsPerSecond: 1) == .milliseconds(3275))
    #expect(Duration(2512.5, unitsPerSecond: 1000) == .microseconds(2_512_500))
    #expect(Duration(0, unitsPerSecond: 1) == .zero)
    for value: JSONValue? in [nil, .null, -1, 86_401, 1e300, .number(.nan), .number(.infinity), [:], true] {
      #expect(Duration(value, unitsPerSecond: 1) == nil)
    }
  }

  @Test func numbersMayBeWrittenAsStrings() {
    #expect(Duration("3.275", unitsPerSecond: 1) == .milliseconds(3275))
    #expect(Duration("600", unitsPerSecond: 1) == .seconds(600))
    for text in ["", ".", "1.2.3", "-1", "+1", "0x10", "1e3", "nan", "inf", " 3", "3s", "٣", "86401"] {
      #expect(Duration(.string(text), unitsPerSecond: 1) == nil, "\(text)")
    }
  }

  @Test(arguments: [nil, .null, 0, 0.0, "0", "0.0", -1, "soon"] as [JSONValue?])
  func zeroSaysNothing(value: JSONValue?) {
    #expect(Duration(nonzero: value, unitsPerSecond: 1) == nil)
    #expect(Duration(nonzero: 600, unitsPerSecond: 1) == .seconds(600))
  }

  @Test func namesMayBeNumbers() {
    for (value, name) in [("t1", "t1"), (51, "51"), (100.0, "100"), ("100", "100")] as [(JSONValue, String)] {
      #expect(value.identifier == name)
    }
    for value: JSONValue in ["", nil, true, [:], 1.5, .number(.nan), 1e300] { #expect(value.identifier == nil) }
  }

  @Test func pathSegmentsAreEncoded() {
    let base = BaseURL("http://127.0.0.1:8080/prefix//")
    #expect(base.appending(["talks", "streams"]) == "http://127.0.0.1:8080/prefix/talks/streams")
    #expect(base.appending(["a/../b?c#d e%é"]).hasSuffix("/prefix/a%2F..%2Fb%3Fc%23d%20e%25%C3%A9"))
    #expect(base.appending(["\n"]).hasSuffix("/%0A"))
    for name in ["", ".", "..", String(repeating: "x", count: 257)] { #expect(!BaseURL.isSegment(name)) }
    #expect(BaseURL.isSegment("strm_nTs8RxTqoGr7LHF9-g7pY_EKS"))
  }
}
