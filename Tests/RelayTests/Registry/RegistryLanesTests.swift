// Checks the order in which a session's calls reach its provider, and what an interruption makes of them.
import AvatarProvider
import Basics
import Ledger
import LedgerTestSupport
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryLanesTests {
  private func speak(_ words: String, _ session: SessionID) -> Call {
    .speak(session: session, .text(words), options: [:])
  }

  private func cuts(_ browser: MadeUpConnection, _ session: SessionID) -> [SessionEvent] {
    browser.events(of: session).filter { if case .interrupted = $0 { true } else { false } }
  }

  @Test("Candidates go together after the description; a failed one counts as answered for the end of candidates")
  func endOfCandidates() {
    var fixture = RegistryFixture()
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    fixture.offering.hold(.describe, .add)
    let first = fixture.send(.candidate(session: session, .sample("c1")), on: browser)
    // An empty candidate means the end, as W3C has it.
    let end = fixture.send(.candidate(session: session, .sample("")), on: browser)
    fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    fixture.send(.candidate(session: session, .sample("c2")), on: browser)
    #expect(fixture.offering.journal == ["open", "describe answer"])
    fixture.offering.release(.describe)
    #expect(fixture.offering.journal.suffix(2) == ["add c1", "add c2"])
    fixture.send(.candidate(session: session, .sample("c3")), on: browser)
    #expect(fixture.offering.journal.last == "add c3")
    fixture.offering.release(.add, ProviderFailure(.fateUnknown, "lost"))
    #expect(browser.error(of: first) == .providerFateUnknown)
    fixture.offering.release(.add)
    #expect(fixture.offering.journal.last == "add c3" && browser.answers(to: end).isEmpty)
    fixture.offering.release(.add)
    #expect(fixture.offering.journal.last == "add end")
    fixture.offering.release(.add)
    #expect(browser.answers(to: end) == [.result(end, .empty)])
  }

  @Test("The end of candidates is never lost, however many requests are on their way")
  func endIsNeverTooMuch() {
    var fixture = RegistryFixture {
      $0.maximumRequestsInFlight = 2
      $0.heldCandidates = 2
    }
    let browser = fixture.connect()
    let session = fixture.open(on: browser)
    fixture.offering.hold(.add)
    let held = ["c1", "c2", "c3"].map { fixture.send(.candidate(session: session, .sample($0)), on: browser) }
    #expect(held.map { browser.error(of: $0) } == [nil, nil, .candidateLimit])
    fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(fixture.offering.waitingCount(.add) == 2)
    let late = fixture.send(.candidate(session: session, .sample("c4")), on: browser)
    #expect(browser.error(of: late) == .requestOverload)
    let end = fixture.send(.candidate(session: session, nil), on: browser)
    #expect(browser.answers(to: end).isEmpty)
    for _ in 0..<3 { fixture.offering.release(.add) }
    #expect(browser.answers(to: end) == [.result(end, .empty)])
    #expect(fixture.offering.journal.suffix(3) == ["add c1", "add c2", "add end"])
  }

  @Test("An interruption is answered at once while a talk is on its way, and the talk is cut off once it has a name")
  func interruptOnTheWay() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.hold(.speak, .interrupt)
    let talks = ["a", "b", "c"].map { fixture.send(speak($0, session), on: browser) }
    let interrupt = fixture.send(.interrupt(session: session, talk: nil), on: browser)
    #expect(
      browser.answers(to: interrupt) == [.result(interrupt, .interrupted(sendOnDataChannel: nil, isPending: true))])
    #expect(talks.map { browser.error(of: $0) } == [nil, .talkInterrupted, .talkInterrupted])
    #expect(fixture.offering.count(.interrupt) == 0, "there is nothing to cut off yet")
    let next = fixture.send(speak("next", session), on: browser)

    fixture.offering.release(.speak)
    #expect(browser.answers(to: talks[0]) == [.result(talks[0], .talk(id: "t1", durationMs: nil))])
    #expect(fixture.offering.journal.suffix(2) == ["speak a", "interrupt t1"], "the next talk waits for the cut")
    #expect(cuts(browser, session).isEmpty)
    fixture.offering.release(.interrupt)
    #expect(cuts(browser, session) == [.interrupted(talk: "t1", .done)])
    #expect(fixture.offering.journal.last == "speak next")
    fixture.offering.release(.speak)
    #expect(browser.answers(to: next) == [.result(next, .talk(id: "t2", durationMs: nil))])
    #expect(fixture.offering.count(.interrupt) == 1)
    // What was given up is remembered as such.
    fixture.send(speak("b", session), id: talks[1].value, on: browser)
    #expect(
      browser.answers(to: talks[1]).count == 2
        && browser.kind(of: browser.answers(to: talks[1]).last) == .talkInterrupted)
    #expect(!fixture.offering.journal.contains("speak b"))
  }

  @Test(
    "What is being said is cut off now, and what is on its way later; where the browser cuts, it is sent both texts")
  func interruptByBrowser() {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    fixture.roomy.interrupts(by: .sendOnDataChannel("stop it"))
    let browser = fixture.connect()
    let session = fixture.open("roomy", on: browser)
    fixture.send(speak("a", session), on: browser)
    fixture.roomy.hold(.speak)
    fixture.send(speak("b", session), on: browser)
    let interrupt = fixture.send(.interrupt(session: session, talk: nil), on: browser)
    #expect(
      browser.answers(to: interrupt) == [
        .result(interrupt, .interrupted(sendOnDataChannel: "stop it", isPending: true))
      ])
    // The text is an event of the session: it waits for a client that is gone.
    let seen = browser.seqs(of: session).last ?? 0
    fixture.drop(browser)
    fixture.roomy.release(.speak)
    #expect(fixture.roomy.journal.suffix(2) == ["interrupt t1", "interrupt t2"])
    let other = fixture.connect()
    fixture.send(.resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: seen), on: other)
    #expect(
      other.events(of: session) == [
        .talk(id: "t2", .accepted(durationMs: nil)), .interrupted(talk: "t2", .sendOnDataChannel("stop it")),
        .talk(id: "t2", .started(estimated: true)), .talk(id: "t2", .ended(estimated: true)),
      ])
  }

  @Test("A cut that fails is told, and a talk that was refused leaves nothing to cut off")
  func failures() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.hold(.speak)
    let refused = fixture.send(speak("a", session), on: browser)
    fixture.send(.interrupt(session: session, talk: nil), on: browser)
    fixture.offering.release(.speak, ProviderFailure(.moderation, "rude"))
    #expect(browser.error(of: refused) == .providerModeration)
    #expect(fixture.offering.count(.interrupt) == 0 && cuts(browser, session).isEmpty)

    fixture.offering.fail(.interrupt, .unavailable)
    let spoken = fixture.send(speak("b", session), on: browser)
    fixture.send(.interrupt(session: session, talk: nil), on: browser)
    fixture.offering.release(.speak)
    #expect(browser.error(of: spoken) == nil)
    #expect(cuts(browser, session) == [.interrupted(talk: "t1", .failed(SignalingError(.unavailable)))])
    #expect(fixture.openSessions == 1)

    fixture.offering.fail(.interrupt, .gone)
    fixture.send(speak("c", session), on: browser)
    fixture.send(.interrupt(session: session, talk: nil), on: browser)
    // What was acknowledged is cut off at once, which tells that the session is gone.
    #expect(browser.events(of: session).last == .closed(.provider, action: .reconnect))
    fixture.offering.release(.speak)
    #expect(fixture.offering.count(.interrupt) == 2)
  }

  @Test("A cut that comes back after the end has nobody to tell, and only then is the session forgotten")
  func cutAfterTheEnd() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.offering.hold(.speak, .interrupt)
    let talk = fixture.send(speak("a", session), on: browser)
    fixture.send(.interrupt(session: session, talk: nil), on: browser)
    fixture.offering.release(.speak)
    fixture.send(.close(session: session), on: browser)
    let told = browser.messages
    fixture.offering.release(.interrupt)
    #expect(browser.messages == told && browser.answers(to: talk).count == 1)
    #expect(fixture.clock.sleeperCount == 0 && fixture.openSessions == 0)
  }

  @Test("An interruption that names a talk cuts that one and leaves those alone that wait")
  func named() {
    var fixture = RegistryFixture()
    let (browser, session) = fixture.live()
    fixture.send(speak("a", session), on: browser)
    fixture.offering.hold(.speak)
    let talks = ["b", "c"].map { fixture.send(speak($0, session), on: browser) }
    let interrupt = fixture.send(.interrupt(session: session, talk: "t1"), on: browser)
    #expect(browser.answers(to: interrupt) == [.result(interrupt, .interrupted(sendOnDataChannel: nil))])
    for _ in talks { fixture.offering.release(.speak) }
    #expect(talks.allSatisfy { browser.error(of: $0) == nil })
    #expect(fixture.offering.journal.suffix(3) == ["speak b", "interrupt t1", "speak c"])
  }

  @Test("A talk that is interrupted while its intent is written down is never sent, and noted as refused")
  func interruptedBeforeItIsSent() {
    var fixture = RegistryFixture(keepsLedger: true)
    let (browser, session) = fixture.live()
    fixture.withLedger { $0.hold() }
    let talks = ["a", "b"].map { fixture.send(speak($0, session), on: browser) }
    let interrupt = fixture.send(.interrupt(session: session, talk: nil), on: browser)
    #expect(browser.answers(to: interrupt).count == 1)
    #expect(talks.map { browser.error(of: $0) } == [nil, .talkInterrupted])
    fixture.withLedger { $0.letGo() }
    #expect(talks.map { browser.error(of: $0) } == [.talkInterrupted, .talkInterrupted])
    #expect(fixture.offering.count(.speak) == 0 && cuts(browser, session).isEmpty)
    let record = fixture.record(session)
    #expect(record?.speak(talks[0].value)?.outcome == .refused(kind: "talk.interrupted"))
    #expect(record?.speak(talks[1].value) == nil, "what waits was never intended")
    let next = fixture.send(speak("next", session), on: browser)
    #expect(browser.answers(to: next) == [.result(next, .talk(id: "t1", durationMs: nil))])
  }
}
