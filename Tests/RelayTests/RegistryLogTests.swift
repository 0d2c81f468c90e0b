// What the log says, and what it never says.
import AvatarProvider
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryLogTests {
  @Test("The log tells states and counts, and no text, description, candidate, credential or secret")
  func nothingPrivate() {
    var stage = Stage()
    let browser = stage.connect()
    let session = stage.open(on: browser)
    stage.send(.candidate(session: session, .sample("private-candidate")), on: browser)
    let answer = SessionDescription(kind: .answer, sdp: "private-sdp")
    stage.send(.answer(session: session, answer), on: browser)
    stage.send(.speak(session: session, .text("private-text"), options: [:]), on: browser)
    stage.send(.report(session: session, .iceConnectionState(.failed)), on: browser)
    stage.send(.report(session: session, .candidatePair(local: "host", remote: "relay", protocol: "udp")), on: browser)
    let vendor = ProviderFailure.Vendor(status: 400, code: "E7", message: "private-text is too rude")
    stage.offering.fail(.speak, ProviderFailure(.moderation, "private-text", vendor: vendor))
    stage.offering.fail(.close, .unavailable)
    stage.send(.speak(session: session, .text("private-text"), options: [:]), on: browser)
    stage.send(.close(session: session), on: browser)
    #expect(
      stage.log.lines.map { $0.split(separator: " connection=")[0] } == [
        "info session is being opened candidates=0", "info session is offered candidates=0",
        "info session is answering candidates=0", "info session is connecting candidates=0",
        "notice provider call failed call=speak candidates=1 code=E7",
        "info session is closing candidates=1", "notice provider call failed call=close candidates=1 code=E",
        "error a session may be left open at the provider candidates=1", "info session is over candidates=1",
      ])
    let everything = stage.log.lines.joined(separator: "\n")
    let failure =
      "failure=moderation ice=failed pair=host/relay/udp provider=offering roundTripMs=12 session=s1 status=400 talks=1"
    #expect(everything.contains(failure))
    #expect(everything.contains("possiblyLeaked=1"))
    for word in ["private", "secret", "stun", "cookie", "v=0"] { #expect(!everything.contains(word)) }
  }
}
