// What HeyGen's data channel says.
import AvatarProvider
import Testing

@testable import HeyGenProvider

@Suite(.timeLimit(.minutes(1))) struct HeyGenChannelMessageTests {
  @Test(arguments: [
    (#"{"type":"avatar_start_talking","task_id":"t1"}"#, ProviderEvent.talkStarted(talk: "t1")),
    (#"{"type":"avatar_start_talking"}"#, .talkStarted(talk: nil)),
    (#"{"type":"avatar_start_talking","task_id":null,"extra":[1]}"#, .talkStarted(talk: nil)),
    (
      #"{"type":"avatar_stop_talking","task_id":"t1","duration_ms":1500}"#,
      .talkEnded(talk: "t1", duration: .milliseconds(1500))
    ),
    (#"{"type":"avatar_stop_talking","task_id":"t1"}"#, .talkEnded(talk: "t1", duration: nil)),
    (#"{"type":"avatar_stop_talking","duration_ms":-5}"#, .talkEnded(talk: nil, duration: nil)),
  ])
  func meaning(message: String, event: ProviderEvent) {
    #expect(HeyGenBench().provider.event(fromDataChannel: message) == event)
  }

  @Test(arguments: [
    "", "avatar_start_talking", "[]", "null", "{}", #"{"type":"avatar_talking_message","task_id":"t"}"#,
    #"{"type":7}"#, #"{"type":"avatar_start_talking""#,
  ])
  func whatMeansNothing(message: String) {
    #expect(HeyGenBench().provider.event(fromDataChannel: message) == nil)
  }

  @Test func longMessagesAreBounded() {
    let message = { (count: Int) in
      #"{"type":"avatar_start_talking","x":""# + String(repeating: "x", count: count) + #""}"#
    }
    let frame = message(0).utf8.count
    let provider = HeyGenBench().provider
    let most = message(HeyGenChannelMessage.maximumBytes - frame)
    #expect(provider.event(fromDataChannel: most) == .talkStarted(talk: nil))
    #expect(provider.event(fromDataChannel: message(HeyGenChannelMessage.maximumBytes - frame + 1)) == nil)
  }
}
