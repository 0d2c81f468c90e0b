// What D-ID's data channel says.
import AvatarProvider
import Testing

@testable import DIDProvider

@Suite(.timeLimit(.minutes(1))) struct DIDChannelMessageTests {
  @Test(arguments: [
    ("stream/ready", ProviderEvent.ready), ("stream/ready:{}", .ready), (#"stream/ready:{"metadata":"x"}"#, .ready),
    ("stream/ready:warm", .ready), ("stream/started", .talkStarted(talk: nil)),
    (#"stream/started:{"metadata":{"videoId":"vid_1"}}"#, .talkStarted(talk: "vid_1")),
    (#"stream/started:{"metadata":{"videoId":7}}"#, .talkStarted(talk: nil)),
    ("stream/started:{broken", .talkStarted(talk: nil)),
    (#"stream/done:{"metadata":{"videoId":"a:b"}}"#, .talkEnded(talk: "a:b", duration: nil)),
    ("stream/done", .talkEnded(talk: nil, duration: nil)),
    (
      #"stream/error:{"description":"no voice","metadata":{"videoId":"v"}}"#,
      .talkFailed(talk: "v", message: "no voice")
    ),
    ("stream/error:out of words: now", .talkFailed(talk: nil, message: "out of words: now")),
    (#"stream/error:"quoted""#, .talkFailed(talk: nil, message: "quoted")),
    ("stream/error", .talkFailed(talk: nil, message: "D-ID reported an error without words.")),
    ("stream/error:{}", .talkFailed(talk: nil, message: "D-ID reported an error without words.")),
  ])
  func meaning(message: String, event: ProviderEvent) {
    #expect(DIDBench().provider.event(fromDataChannel: message) == event)
  }

  @Test(arguments: [
    "", ":", "chat/answer:hello%20world", "chat/partial:x", "stream/created", "stream-video/started:{}", "Stream/Ready",
    "stream/readyish", #"{"type":"stream/ready"}"#,
  ])
  func whatMeansNothing(message: String) {
    #expect(DIDBench().provider.event(fromDataChannel: message) == nil)
  }

  @Test func longMessagesAreBounded() {
    let provider = DIDBench().provider
    let most = "stream/error:" + String(repeating: "x", count: DIDChannelMessage.maximumBytes - 13)
    #expect(
      provider.event(fromDataChannel: most) == .talkFailed(talk: nil, message: String(repeating: "x", count: 500)))
    #expect(provider.event(fromDataChannel: most + "x") == nil)
    let deep = "stream/done:" + String(repeating: "[", count: 10_000)
    #expect(provider.event(fromDataChannel: deep) == .talkEnded(talk: nil, duration: nil))
  }
}
