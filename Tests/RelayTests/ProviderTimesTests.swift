// How long providers take: what a result tells of it, and what is counted.
import AvatarProvider
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct ProviderTimesTests {
  private func histogram(
    _ stage: Stage, _ call: ProviderTimes.Call, of provider: ProviderID = "offering"
  ) -> ProviderTimes.Histogram? {
    let times = stage.registry.assumeIsolated { $0.counters.providerTimes.histograms }
    return times.first { $0.key.provider == provider && $0.key.call == call }?.value
  }

  @Test("Every result tells the provider's part, and one that is asked for again tells the same")
  func results() {
    var stage = Stage()
    let browser = stage.connect()
    func timed(_ kind: MadeUpProvider.Kind, _ time: Duration, _ ask: (inout Stage) -> RequestID) -> Int64? {
      stage.offering.hold(kind)
      let request = ask(&stage)
      stage.offering.letGo(kind)
      stage.advance(time)
      stage.offering.release(kind)
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
    stage.advance(.seconds(2))
    stage.send(speak, id: 3, on: browser)
    #expect(browser.answers(to: RequestID(3)).count == 2 && browser.providerMs(of: RequestID(3)) == 1384)
    for call in [ProviderTimes.Call.open, .describe, .candidate, .speak, .interrupt, .extend] {
      #expect(histogram(stage, call)?.count == 1, "\(call)")
    }
    #expect(histogram(stage, .speak)?.sum == .milliseconds(1384))
    #expect(histogram(stage, .close) == nil)
    stage.send(.close(session: session), on: browser)
    #expect(histogram(stage, .close)?.count == 1)
  }

  @Test("Waiting for the ledger is not the provider's part")
  func ledger() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.withLedger { $0.hold() }
    let speak = stage.send(.speak(session: session, .text("hello"), options: [:]), on: browser)
    stage.advance(.seconds(3))
    #expect(stage.offering.count(.speak) == 0)
    stage.offering.hold(.speak)
    stage.withLedger { $0.letGo() }
    stage.advance(.milliseconds(20))
    stage.offering.release(.speak)
    #expect(browser.providerMs(of: speak) == 20)
  }

  @Test("What the adapter knows by itself takes no time of the provider's")
  func adapters() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.offering.interrupts(by: .sendOnDataChannel("stop"))
    let interrupt = stage.send(.interrupt(session: session, talk: nil), on: browser)
    #expect(browser.answers(to: interrupt) == [.result(interrupt, .interrupted(sendOnDataChannel: "stop"))])
    #expect(browser.providerMs(of: interrupt) == nil && histogram(stage, .interrupt) == nil)
    stage.offering.fail(.speak, ProviderFailure(.rejected, "options.voice: unknown"))
    stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(histogram(stage, .speak) == nil)
    stage.offering.fail(.speak, .unavailable)
    stage.send(.speak(session: session, .text("a"), options: [:]), on: browser)
    #expect(histogram(stage, .speak)?.count == 1, "a call that failed took its time, too")
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
