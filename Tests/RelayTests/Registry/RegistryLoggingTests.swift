// Checks what is written to the log, and how providers are timed.
import AvatarProvider
import Basics
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryLogTests {
  @Test("The log tells states and counts, and no text, description, candidate, credential or secret")
  func nothingPrivate() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    fixture.send(.candidate(session: session, .sample("private-candidate")), on: browser)
    let answer = SessionDescription(kind: .answer, sdp: "private-sdp")
    fixture.send(.answer(session: session, answer), on: browser)
    fixture.send(.speak(session: session, .text("private-text"), options: [:]), on: browser)
    fixture.send(.report(session: session, .iceConnectionState(.failed)), on: browser)
    fixture.send(
      .report(session: session, .candidatePair(local: "host", remote: "relay", protocol: "udp")), on: browser)
    let vendor = ProviderFailure.Vendor(status: 400, code: "E7", message: "private-text is too rude")
    fixture.offering.fail(.speak, ProviderFailure(.moderation, "private-text", vendor: vendor))
    fixture.offering.fail(.close, .unavailable)
    fixture.send(.speak(session: session, .text("private-text"), options: [:]), on: browser)
    fixture.send(.close(session: session), on: browser)
    #expect(
      fixture.log.lines.map { $0.split(separator: " connection=")[0] } == [
        "info session is being opened candidates=0", "info session is offered candidates=0",
        "info session is answering candidates=0", "info session is connecting candidates=0",
        "notice provider call failed call=speak candidates=1 code=E7",
        "info session is closing candidates=1", "notice provider call failed call=close candidates=1 code=E",
        "error a session may be left open at the provider candidates=1", "info session is over candidates=1",
      ])
    let everything = fixture.log.lines.joined(separator: "\n")
    let failure =
      "failure=moderation ice=failed pair=host/relay/udp provider=offering roundTripMs=12 session=s1 status=400 talks=1"
    #expect(everything.contains(failure))
    #expect(everything.contains("possiblyLeaked=1"))
    for word in ["private", "secret", "stun", "cookie", "v=0"] { #expect(!everything.contains(word)) }
  }
}

@Suite struct RegistryLogLevelTests {
  @Test("A call that failed is an error where only the operator can mend it", arguments: ProviderFailure.Code.allCases)
  func levels(code: ProviderFailure.Code) {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    fixture.offering.fail(.open, ProviderFailure(code, "no"))
    fixture.send(.openOffering, on: browser)
    let isError = [.unauthorized, .insufficientCredits].contains(code)
    let line = fixture.log.lines.first { $0.contains("provider call failed") } ?? ""
    #expect(line.hasPrefix(isError ? "error " : "notice ") && line.contains("failure=\(code.rawValue)"), "\(line)")
  }

  @Test("A session that is over tells why, whose it was, for how long it was open, and what it used")
  func ends() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    fixture.offering.hold(.open)
    fixture.send(.openOffering, on: browser)
    fixture.offering.letGo(.open)
    fixture.advance(.milliseconds(500))
    fixture.offering.release(.open)
    let session = browser.opened(RequestID(1)) ?? SessionID(rawValue: "none")
    fixture.advance(.seconds(3))
    fixture.send(.close(session: session), on: browser)
    let words = (fixture.log.lines.first { $0.contains("session is over") } ?? "").split(separator: " ").map(String.init)
    for word in ["reason=client", "durationMs=3000", "seconds=3.5", "talks=0"] { #expect(words.contains(word), "\(words)") }
    #expect(words.contains { $0.hasPrefix("subject=") && $0 != "subject=" })
  }
}

@Suite struct ProviderTimesTests {
  private func histogram(
    _ fixture: RegistryFixture, _ call: ProviderTimes.Call, of provider: ProviderID = "offering"
  ) -> ProviderTimes.Histogram? {
    let times = fixture.registry.assumeIsolated { $0.counters.providerTimes.histograms }
    return times.first { $0.key.provider == provider && $0.key.call == call }?.value
  }

  @Test("Every result tells the provider's part, and one that is asked for again tells the same")
  func results() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    func timed(_ kind: MadeUpProvider.Kind, _ time: Duration, _ ask: (inout RegistryFixture) -> RequestID) -> Int64? {
      fixture.offering.hold(kind)
      let request = ask(&fixture)
      fixture.offering.letGo(kind)
      fixture.advance(time)
      fixture.offering.release(kind)
      return browser.providerMs(of: request)
    }
    #expect(timed(.open, .milliseconds(613)) { $0.send(.openOffering, on: browser) } == 613)
    let session = browser.opened(RequestID(1)) ?? SessionID(rawValue: "none")
    #expect(
      timed(.describe, .milliseconds(150)) { $0.send(.answer(session: session, .sampleAnswer), on: browser) } == 150)
    let speak = Call.speak(session: session, .text("hello"), options: [:])
    #expect(timed(.speak, .milliseconds(1384)) { $0.send(speak, id: 3, on: browser) } == 1384)
    #expect(
      timed(.interrupt, .milliseconds(90)) { $0.send(.interrupt(session: session, talk: nil), on: browser) } == 90)
    #expect(timed(.extend, .milliseconds(88)) { $0.send(.extend(session: session), on: browser) } == 88)
    #expect(timed(.add, .milliseconds(40)) { $0.send(.candidate(session: session, nil), on: browser) } == nil)
    fixture.advance(.seconds(2))
    fixture.send(speak, id: 3, on: browser)
    #expect(browser.answers(to: RequestID(3)).count == 2 && browser.providerMs(of: RequestID(3)) == 1384)
    for call in [ProviderTimes.Call.open, .describe, .candidate, .speak, .interrupt, .extend] {
      #expect(histogram(fixture, call)?.count == 1, "\(call)")
    }
    #expect(histogram(fixture, .speak)?.sum == .milliseconds(1384))
    #expect(histogram(fixture, .close) == nil)
    fixture.send(.close(session: session), on: browser)
    #expect(histogram(fixture, .close)?.count == 1)
  }

  @Test("Waiting for the ledger is not the provider's part")
  func ledger() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.withLedger { $0.hold() }
    let speak = fixture.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    fixture.advance(.seconds(3))
    #expect(fixture.offering.count(.speak) == 0)
    fixture.offering.hold(.speak)
    fixture.withLedger { $0.letGo() }
    fixture.advance(.milliseconds(20))
    fixture.offering.release(.speak)
    #expect(browser.providerMs(of: speak) == 20)
  }

  @Test("What the adapter knows by itself takes no time of the provider's")
  func adapters() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.interrupts(by: .sendOnDataChannel("stop"))
    let interrupt = fixture.send(.interrupt(session: session, talk: nil), on: browser)
    #expect(browser.answers(to: interrupt) == [.result(interrupt, .interrupted(sendOnDataChannel: "stop"))])
    #expect(browser.providerMs(of: interrupt) == nil && histogram(fixture, .interrupt) == nil)
    fixture.offering.fail(.speak, ProviderFailure(.rejected, "options.voice: unknown"))
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(histogram(fixture, .speak) == nil)
    fixture.offering.fail(.speak, .unavailable)
    fixture.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(histogram(fixture, .speak)?.count == 1, "a call that failed took its time, too")
  }

  @Test("A bucket holds what took at most as long as its bound says")
  func buckets() {
    var times = ProviderTimes()
    for milliseconds in [0, 5, 6, 100, 101, 60_000, 60_001] {
      times.add(.milliseconds(milliseconds), of: .open, at: "offering")
    }
    let histogram = times.histograms.values.first
    let counts = histogram?.cumulativeCounts.map(\.count)
    #expect(counts == [2, 3, 3, 3, 4, 5, 5, 5, 5, 5, 5, 5, 6])
    #expect(histogram?.count == 7 && histogram?.sum == .milliseconds(120_213))
    #expect(ProviderTimes.Histogram.bounds == ProviderTimes.Histogram.bounds.sorted())
  }
}
