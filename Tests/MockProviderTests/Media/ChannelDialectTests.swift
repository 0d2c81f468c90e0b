// The vendors' words on the data channel.
import MockPeer
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct ChannelDialectTests {
  private let plain = ChannelDialect.did(namesTalks: false, canInterrupt: false)
  private let fluent = ChannelDialect.did(namesTalks: true, canInterrupt: true)

  @Test func plainStreamsSayTheSubjectAlone() {
    #expect(plain.ready?.message == .text("stream/ready"))
    #expect(plain.started("tlk_1").message == .text("stream/started"))
    #expect(plain.ended("tlk_1", spoken: .seconds(1)).message == .text("stream/done"))
    #expect(plain.failed("tlk_1")?.message == .text("stream/error"))
    #expect(plain.ownChannel == nil)
  }

  @Test func agentsNameTheTalk() {
    #expect(fluent.ready?.message == .text("stream/ready:{}"))
    #expect(fluent.started("tlk_1").message == .text(#"stream/started:{"metadata":{"videoId":"tlk_1"}}"#))
    #expect(fluent.ended("tlk_1", spoken: .zero).message == .text(#"stream/done:{"metadata":{"videoId":"tlk_1"}}"#))
    #expect(fluent.failed("tlk_1")?.message == .text(#"stream/error:{"metadata":{"videoId":"tlk_1"}}"#))
  }

  @Test func heyGenSaysJSONInBytes() throws {
    #expect(ChannelDialect.heyGen.ready == nil)
    #expect(ChannelDialect.heyGen.failed("t") == nil)
    #expect(ChannelDialect.heyGen.ownChannel != nil)
    guard case .bytes(let started) = ChannelDialect.heyGen.started("t").message,
      case .bytes(let ended) = ChannelDialect.heyGen.ended("t", spoken: .milliseconds(1500)).message
    else {
      Issue.record("bytes expected")
      return
    }
    #expect(try JSONParser.parse(started) == ["type": "avatar_start_talking", "task_id": "t"])
    let json = try JSONParser.parse(ended)
    #expect(json["type"] == "avatar_stop_talking")
    #expect(json["task_id"] == "t")
    #expect(json["duration_ms"]?.double == 1500)
  }

  @Test func onlyFluentStreamsAreInterruptedByTheBrowser() {
    let request = ChannelMessage.text(#"{"type":"stream/interrupt","videoId":"tlk_1","timestamp":1}"#)
    #expect(fluent.interruption(request) == "tlk_1")
    #expect(plain.interruption(request) == nil)
    #expect(ChannelDialect.heyGen.interruption(request) == nil)
  }

  @Test(arguments: [
    "", "hello", "{", "[]", "null", #"{"type":"stream/interrupt"}"#, #"{"type":"other","videoId":"a"}"#,
    #"{"type":"stream/interrupt","videoId":7}"#, #"{"type":"stream/interrupt","videoId":null}"#,
    String(repeating: "[", count: 4000),
    #"{"type":"stream/interrupt","videoId":"a","x":""# + String(repeating: "x", count: 5000) + "\"}",
  ])
  func whatIsNoInterruptionIsIgnored(text: String) {
    #expect(fluent.interruption(.text(text)) == nil)
    #expect(fluent.interruption(.bytes(Array(text.utf8))) == nil)
  }
}
