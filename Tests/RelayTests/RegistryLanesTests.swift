// The order in which a session's calls reach its provider, and what an interruption makes of them.
import AvatarProvider
import Ledger
import LedgerTestSupport
import Signaling
import Testing
import Timekeeping

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
    var stage = Stage()
    let browser = stage.connect()
    let session = stage.open(on: browser)
    stage.offering.hold(.describe, .add)
    let first = stage.send(.candidate(session: session, .sample("c1")), on: browser)
    // An empty candidate means the end, as W3C has it.
    let end = stage.send(.candidate(session: session, .sample("")), on: browser)
    stage.send(.answer(session: session, .sampleAnswer), on: browser)
    stage.send(.candidate(session: session, .sample("c2")), on: browser)
    #expect(stage.offering.journal == ["open", "describe answer"])
    stage.offering.release(.describe)
    #expect(stage.offering.journal.suffix(2) == ["add c1", "add c2"])
    stage.send(.candidate(session: session, .sample("c3")), on: browser)
    #expect(stage.offering.journal.last == "add c3")
    stage.offering.release(.add, ProviderFailure(.fateUnknown, "lost"))
    #expect(browser.error(of: first) == .providerFateUnknown)
    stage.offering.release(.add)
    #expect(stage.offering.journal.last == "add c3" && browser.answers(to: end).isEmpty)
    stage.offering.release(.add)
    #expect(stage.offering.journal.last == "add end")
    stage.offering.release(.add)
    #expect(browser.answers(to: end) == [.result(end, .empty)])
  }

  @Test("The end of candidates is never lost, however many requests are on their way")
  func endIsNeverTooMuch() {
    var stage = Stage {
      $0.maximumRequestsInFlight = 2
      $0.heldCandidates = 2
    }
    let browser = stage.connect()
    let session = stage.open(on: browser)
    stage.offering.hold(.add)
    let held = ["c1", "c2", "c3"].map { stage.send(.candidate(session: session, .sample($0)), on: browser) }
    #expect(held.map { browser.error(of: $0) } == [nil, nil, .candidateLimit])
    stage.send(.answer(session: session, .sampleAnswer), on: browser)
    #expect(stage.offering.waitingCount(.add) == 2)
    let late = stage.send(.candidate(session: session, .sample("c4")), on: browser)
    #expect(browser.error(of: late) == .requestOverload)
    let end = stage.send(.candidate(session: session, nil), on: browser)
    #expect(browser.answers(to: end).isEmpty)
    for _ in 0..<3 { stage.offering.release(.add) }
    #expect(browser.answers(to: end) == [.result(end, .empty)])
    #expect(stage.offering.journal.suffix(3) == ["add c1", "add c2", "add end"])
  }

  @Test("An interruption is answered at once while a talk is on its way, and the talk is cut off once it has a name")
  func interruptOnTheWay() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.offering.hold(.speak, .interrupt)
    let talks = ["a", "b", "c"].map { stage.send(speak($0, session), on: browser) }
    let interrupt = stage.send(.interrupt(session: session, talk: nil), on: browser)
    #expect(
      browser.answers(to: interrupt) == [.result(interrupt, .interrupted(sendOnDataChannel: nil, isPending: true))])
    #expect(talks.map { browser.error(of: $0) } == [nil, .talkInterrupted, .talkInterrupted])
    #expect(stage.offering.count(.interrupt) == 0, "there is nothing to cut off yet")
    let next = stage.send(speak("next", session), on: browser)

    stage.offering.release(.speak)
    #expect(browser.answers(to: talks[0]) == [.result(talks[0], .talk(id: "t1", durationMs: nil))])
    #expect(stage.offering.journal.suffix(2) == ["speak a", "interrupt t1"], "the next talk waits for the cut")
    #expect(cuts(browser, session).isEmpty)
    stage.offering.release(.interrupt)
    #expect(cuts(browser, session) == [.interrupted(talk: "t1", .done)])
    #expect(stage.offering.journal.last == "speak next")
    stage.offering.release(.speak)
    #expect(browser.answers(to: next) == [.result(next, .talk(id: "t2", durationMs: nil))])
    #expect(stage.offering.count(.interrupt) == 1)
    // What was given up is remembered as such.
    stage.send(speak("b", session), id: talks[1].value, on: browser)
    #expect(
      browser.answers(to: talks[1]).count == 2
        && browser.kind(of: browser.answers(to: talks[1]).last) == .talkInterrupted)
    #expect(!stage.offering.journal.contains("speak b"))
  }

  @Test(
    "What is being said is cut off now, and what is on its way later; where the browser cuts, it is sent both texts")
  func interruptByBrowser() {
    var stage = Stage { $0.graceTime = .seconds(30) }
    stage.roomy.interrupts(by: .sendOnDataChannel("stop it"))
    let browser = stage.connect()
    let session = stage.open("roomy", on: browser)
    stage.send(speak("a", session), on: browser)
    stage.roomy.hold(.speak)
    stage.send(speak("b", session), on: browser)
    let interrupt = stage.send(.interrupt(session: session, talk: nil), on: browser)
    #expect(
      browser.answers(to: interrupt) == [
        .result(interrupt, .interrupted(sendOnDataChannel: "stop it", isPending: true))
      ])
    // The text is an event of the session: it waits for a client that is gone.
    let seen = browser.seqs(of: session).last ?? 0
    stage.drop(browser)
    stage.roomy.release(.speak)
    #expect(stage.roomy.journal.suffix(2) == ["interrupt t1", "interrupt t2"])
    let other = stage.connect()
    stage.send(.resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: seen), on: other)
    #expect(
      other.events(of: session) == [
        .talk(id: "t2", .accepted(durationMs: nil)), .interrupted(talk: "t2", .sendOnDataChannel("stop it")),
        .talk(id: "t2", .started(estimated: true)), .talk(id: "t2", .ended(estimated: true)),
      ])
  }

  @Test("A cut that fails is told, and a talk that was refused leaves nothing to cut off")
  func failures() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.offering.hold(.speak)
    let refused = stage.send(speak("a", session), on: browser)
    stage.send(.interrupt(session: session, talk: nil), on: browser)
    stage.offering.release(.speak, ProviderFailure(.moderation, "rude"))
    #expect(browser.error(of: refused) == .providerModeration)
    #expect(stage.offering.count(.interrupt) == 0 && cuts(browser, session).isEmpty)

    stage.offering.fail(.interrupt, .unavailable)
    let spoken = stage.send(speak("b", session), on: browser)
    stage.send(.interrupt(session: session, talk: nil), on: browser)
    stage.offering.release(.speak)
    #expect(browser.error(of: spoken) == nil)
    #expect(cuts(browser, session) == [.interrupted(talk: "t1", .failed(SignalingError(.unavailable)))])
    #expect(stage.openSessions == 1)

    stage.offering.fail(.interrupt, .gone)
    stage.send(speak("c", session), on: browser)
    stage.send(.interrupt(session: session, talk: nil), on: browser)
    // What was acknowledged is cut off at once, which tells that the session is gone.
    #expect(browser.events(of: session).last == .closed(.provider, action: .reconnect))
    stage.offering.release(.speak)
    #expect(stage.offering.count(.interrupt) == 2)
  }

  @Test("A cut that comes back after the end has nobody to tell, and only then is the session forgotten")
  func cutAfterTheEnd() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.offering.hold(.speak, .interrupt)
    let talk = stage.send(speak("a", session), on: browser)
    stage.send(.interrupt(session: session, talk: nil), on: browser)
    stage.offering.release(.speak)
    stage.send(.close(session: session), on: browser)
    let told = browser.messages
    stage.offering.release(.interrupt)
    #expect(browser.messages == told && browser.answers(to: talk).count == 1)
    #expect(stage.clock.sleeperCount == 0 && stage.openSessions == 0)
  }

  @Test("An interruption that names a talk cuts that one and leaves those alone that wait")
  func named() {
    var stage = Stage()
    let (browser, session) = stage.live()
    stage.send(speak("a", session), on: browser)
    stage.offering.hold(.speak)
    let talks = ["b", "c"].map { stage.send(speak($0, session), on: browser) }
    let interrupt = stage.send(.interrupt(session: session, talk: "t1"), on: browser)
    #expect(browser.answers(to: interrupt) == [.result(interrupt, .interrupted(sendOnDataChannel: nil))])
    for _ in talks { stage.offering.release(.speak) }
    #expect(talks.allSatisfy { browser.error(of: $0) == nil })
    #expect(stage.offering.journal.suffix(3) == ["speak b", "interrupt t1", "speak c"])
  }

  @Test("A talk that is interrupted while its intent is written down is never sent, and noted as refused")
  func interruptedBeforeItIsSent() {
    var stage = Stage(keepsLedger: true)
    let (browser, session) = stage.live()
    stage.withLedger { $0.hold() }
    let talks = ["a", "b"].map { stage.send(speak($0, session), on: browser) }
    let interrupt = stage.send(.interrupt(session: session, talk: nil), on: browser)
    #expect(browser.answers(to: interrupt).count == 1)
    #expect(talks.map { browser.error(of: $0) } == [nil, .talkInterrupted])
    stage.withLedger { $0.letGo() }
    #expect(talks.map { browser.error(of: $0) } == [.talkInterrupted, .talkInterrupted])
    #expect(stage.offering.count(.speak) == 0 && cuts(browser, session).isEmpty)
    let record = stage.record(session)
    #expect(record?.speak(talks[0].value)?.outcome == .refused(kind: "talk.interrupted"))
    #expect(record?.speak(talks[1].value) == nil, "what waits was never intended")
    let next = stage.send(speak("next", session), on: browser)
    #expect(browser.answers(to: next) == [.result(next, .talk(id: "t1", durationMs: nil))])
  }
}
