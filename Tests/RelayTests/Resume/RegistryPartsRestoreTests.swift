// Checks what another life of the relay makes of a talk that was being written when the one before it died.
import AvatarProvider
import Basics
import Ledger
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct RegistryPartsRestoreTests {
  private let session = SessionID(rawValue: "s1")

  /// A session of a life that is over, with what its client asked from request 4 on.
  private func earlierLife(
    _ parts: SessionCapabilities.Parts, _ play: (inout RegistryFixture, MadeUpConnection, MadeUpProvider) -> Void
  ) throws -> SessionSnapshot {
    var fixture = RegistryFixture(keepsLedger: true) { $0.graceTime = .seconds(30) }
    let browser = fixture.connect()
    let session = fixture.open(parts.rawValue, on: browser)
    #expect(session == self.session)
    fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    fixture.send(.report(session: session, .iceConnectionState(.connected)), on: browser)
    play(&fixture, browser, parts == .native ? fixture.native : fixture.joined)
    return try #require(fixture.snapshot(of: session))
  }

  private func begin(_ text: String) -> Call { .beginSpeak(session: session, Script(.text(text))) }
  private func part(_ index: Int64, _ text: String) -> Call {
    .speakPart(session: session, TextPart(talk: "t1", index: index, text: text))
  }
  private func end(_ index: Int64) -> Call { .speakEnd(session: session, talk: "t1", index: index) }

  /// A life that goes on, and its client, which is back.
  private func nextLife(_ snapshot: SessionSnapshot) -> (RegistryFixture, MadeUpConnection) {
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    #expect(fixture.registry.assumeIsolated { $0.restore(snapshot) })
    let browser = fixture.connect()
    fixture.send(
      .resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 5), id: 30, on: browser)
    return (fixture, browser)
  }

  private func answer(_ id: Int64, on browser: MadeUpConnection) -> String? {
    switch browser.answers(to: RequestID(id)).first {
    case .result(_, .empty, _): "ok"
    case .result(_, .talkOver, _): "over"
    case .result(_, .talk(let id, _), _): "talk \(id)"
    case .error(_, let error): error.kind.rawValue
    case nil, .result, .notification: nil
    }
  }

  @Test("A part that was on its way is of unknown fate, later ones are not said, and the provider is told the end")
  func native() throws {
    let snapshot = try earlierLife(.native) { fixture, browser, provider in
      fixture.send(begin("a"), on: browser)
      fixture.send(part(1, "b"), on: browser)
      provider.hold(.speakPart)
      fixture.send(part(2, "c"), on: browser)
      fixture.send(part(3, "d"), on: browser)
    }
    #expect(snapshot.speaks.map(\.parts) == [PartProgress(taken: 1, handedOn: 2)])
    let (next, browser) = nextLife(snapshot)
    var fixture = next
    #expect(fixture.native.journal == ["speakEnd ?"])
    let calls = [begin("a"), part(1, "b"), part(2, "c"), part(3, "d"), end(4)]
    for (index, call) in calls.enumerated() { fixture.send(call, id: Int64(index) + 4, on: browser) }
    #expect((4...8).map { answer($0, on: browser) } == ["talk t1", "ok", "talk.unknown", "over", "over"])
    fixture.send(.speak(session: session, Script(.text("next"))), id: 31, on: browser)
    #expect(fixture.native.journal == ["speakEnd ?", "speak next"])
    #expect(answer(31, on: browser) == "talk talk-1", "the made-up provider begins to count anew")
  }

  @Test("Other talks wait for that end")
  func lane() throws {
    let snapshot = try earlierLife(.native) { fixture, browser, _ in fixture.send(begin("a"), on: browser) }
    var fixture = RegistryFixture { $0.graceTime = .seconds(30) }
    fixture.native.hold(.speakEnd)
    #expect(fixture.registry.assumeIsolated { $0.restore(snapshot) })
    let browser = fixture.connect()
    fixture.send(
      .resume(session: session, secret: ResumeSecret(value: "secret1"), lastSeq: 5), id: 30, on: browser)
    fixture.send(.speak(session: session, Script(.text("next"))), id: 31, on: browser)
    #expect(answer(31, on: browser) == nil)
    fixture.native.release(.speakEnd, ProviderFailure(.rejected, "no such talk"))
    #expect(answer(31, on: browser) == "talk t1")
  }

  @Test("A talk that had its end is left alone, and its parts are answered as they were")
  func complete() throws {
    let snapshot = try earlierLife(.native) { fixture, browser, _ in
      fixture.send(begin("a"), on: browser)
      fixture.send(part(1, "b"), on: browser)
      fixture.send(end(2), on: browser)
      fixture.advance(RelayLimits().outcomePatience)
    }
    #expect(snapshot.speaks.map(\.parts) == [PartProgress(taken: 2, handedOn: 2, isEnded: true)])
    let (next, browser) = nextLife(snapshot)
    var fixture = next
    #expect(fixture.native.journal == [])
    for (id, call) in [(5, part(1, "b")), (6, end(2)), (7, part(3, "c"))] {
      fixture.send(call, id: Int64(id), on: browser)
    }
    #expect((5...7).map { answer($0, on: browser) } == ["ok", "ok", "request.outOfOrder"])
  }

  @Test("Sentences that were not handed on are not said by anybody")
  func joined() throws {
    let snapshot = try earlierLife(.joined) { fixture, browser, _ in
      fixture.send(begin("One. Tw"), on: browser)
      fixture.send(part(1, "o. Three"), on: browser)
      fixture.send(part(2, " and"), on: browser)
    }
    #expect(snapshot.speaks.map(\.parts) == [PartProgress(taken: -1, handedOn: 1)])
    let (next, browser) = nextLife(snapshot)
    var fixture = next
    for (id, call) in [(5, part(1, "o. Three")), (6, part(2, " and")), (7, part(3, " four."))] {
      fixture.send(call, id: Int64(id), on: browser)
    }
    #expect((5...7).map { answer($0, on: browser) } == ["talk.unknown", "over", "over"])
    #expect(fixture.joined.journal == [])
  }

  @Test("A talk of which nothing was handed on may begin once more, and whatever it was called is over")
  func nothingHandedOn() throws {
    let snapshot = try earlierLife(.native) { fixture, browser, _ in fixture.send(begin(""), on: browser) }
    #expect(snapshot.speaks == [])
    let (next, browser) = nextLife(snapshot)
    var fixture = next
    let late = Call.speakPart(session: session, TextPart(talk: "talk-1", index: 1, text: "b"))
    fixture.send(late, id: 5, on: browser)
    #expect(answer(5, on: browser) == "over")
    #expect(fixture.native.journal == [])
  }

  @Test("What is about to be said is written down before, with how far the talk has come")
  func writtenBefore() {
    var fixture = RegistryFixture(keepsLedger: true)
    let browser = fixture.connect()
    let session = fixture.open("native", on: browser)
    fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    fixture.send(begin("a"), on: browser)
    fixture.withLedger { $0.hold() }
    fixture.send(part(1, "b"), on: browser)
    #expect(fixture.native.count(.speakPart) == 1)
    fixture.withLedger { $0.letGo() }
    #expect(fixture.native.count(.speakPart) == 2)
    #expect(fixture.record(session)?.speaks.map(\.parts) == [PartProgress(taken: 0, handedOn: 1)])
  }

  @Test("Where nothing can be written down nothing is said, and the talk is over")
  func ledgerFails() {
    var fixture = RegistryFixture(keepsLedger: true)
    let browser = fixture.connect()
    let session = fixture.open("native", on: browser)
    fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    fixture.send(begin("a"), on: browser)
    fixture.withLedger { $0.fail(LedgerFailure(.full, "no room")) }
    let refused = fixture.send(part(1, "b"), on: browser)
    #expect(browser.error(of: refused) == .ledgerUnavailable)
    #expect(fixture.native.journal.filter { $0.hasPrefix("speak") } == ["speakPart 0 a", "speakEnd 1 t1"])
  }
}
