// Talks on their own: bounds, order and oddities.
import AvatarProvider
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct TalkBookTests {
  private func at(_ seconds: Int) -> MonotonicInstant { .zero.advanced(by: .seconds(seconds)) }

  private func book(_ witness: TalkBook.Witness, _ change: (inout RelayLimits) -> Void = { _ in }) -> TalkBook {
    var limits = RelayLimits()
    change(&limits)
    var book = TalkBook(limits: limits)
    book.witness = witness
    return book
  }

  @Test("As many talks as may be are remembered: an ended one is forgotten first, then the oldest")
  func bound() {
    var book = book(.expected) { $0.talksRemembered = 2 }
    for id in ["a", "b"] { _ = book.enter(Talk(id: id, duration: nil), at: .zero) }
    _ = book.heard(.talkEnded(talk: "b", duration: nil), stillSpeaking: 0, at: .zero)
    _ = book.enter(Talk(id: "c", duration: nil), at: .zero)
    #expect(book.entries.map(\.id) == ["a", "c"])
    _ = book.enter(Talk(id: "d", duration: nil), at: .zero)
    #expect(book.entries.map(\.id) == ["c", "d"])
    #expect(book.look(up: "a") == .unknown)
    #expect(book.acceptedCount == 4)
  }

  @Test("So many events are kept for a talk that is not acknowledged yet")
  func earlyBound() {
    var book = book(.expected) { $0.earlyTalkEvents = 1 }
    _ = book.heard(.talkStarted(talk: "a"), stillSpeaking: 1, at: .zero)
    _ = book.heard(.talkEnded(talk: "a", duration: nil), stillSpeaking: 1, at: .zero)
    let id = book.enter(Talk(id: "a", duration: nil), at: .zero)
    #expect(
      book.acknowledged(id, stillSpeaking: 0, at: .zero).map(\.phase) == [
        .accepted(durationMs: nil), .started(estimated: false),
      ])
  }

  @Test("An early event is taken by the first talk that it fits, and by that one only")
  func earlyOnce() {
    var book = book(.expected)
    _ = book.heard(.talkStarted(talk: nil), stillSpeaking: 2, at: .zero)
    let first = book.enter(Talk(id: "a", duration: nil), at: .zero)
    #expect(book.acknowledged(first, stillSpeaking: 1, at: .zero).last?.phase == .started(estimated: false))
    let second = book.enter(Talk(id: "b", duration: nil), at: .zero)
    #expect(book.acknowledged(second, stillSpeaking: 0, at: .zero).map(\.phase) == [.accepted(durationMs: nil)])
  }

  @Test("An event about a talk that nobody knows means nothing when nothing is being accepted")
  func unknown() {
    var book = book(.expected)
    #expect(book.heard(.talkStarted(talk: "a"), stillSpeaking: 0, at: .zero) == [])
    let id = book.enter(Talk(id: "a", duration: nil), at: .zero)
    #expect(book.acknowledged(id, stillSpeaking: 0, at: .zero).map(\.phase) == [.accepted(durationMs: nil)])
  }

  @Test("The same event twice is told once")
  func twice() {
    var book = book(.expected)
    let id = book.enter(Talk(id: "a", duration: nil), at: .zero)
    _ = book.acknowledged(id, stillSpeaking: 0, at: .zero)
    #expect(book.heard(.talkStarted(talk: "a"), stillSpeaking: 1, at: .zero).count == 1)
    #expect(book.heard(.talkStarted(talk: "a"), stillSpeaking: 1, at: .zero) == [])
    #expect(book.heard(.talkEnded(talk: "a", duration: nil), stillSpeaking: 1, at: .zero).count == 1)
    #expect(book.heard(.talkFailed(talk: "a", message: ""), stillSpeaking: 1, at: .zero) == [])
  }

  @Test("An end without a start has one before it, estimated; a failure has none")
  func endOnly() {
    var book = book(.expected)
    for id in ["a", "b"] { _ = book.enter(Talk(id: id, duration: nil), at: .zero) }
    #expect(
      book.heard(.talkEnded(talk: "a", duration: nil), stillSpeaking: 0, at: .zero).map(\.phase) == [
        .started(estimated: true), .ended(estimated: false),
      ])
    #expect(book.heard(.talkFailed(talk: "b", message: ""), stillSpeaking: 0, at: .zero).count == 1)
  }

  @Test("An id that the provider uses twice is told apart")
  func sameID() {
    var book = book(.nobody)
    #expect(book.enter(Talk(id: "a", duration: nil), at: .zero) == "a")
    #expect(book.enter(Talk(id: "a", duration: nil), at: .zero) == "talk-1")
    #expect(book.look(up: "talk-1") == .current(providerID: "a"))
  }

  @Test("A start that was seen moves the estimated end")
  func seenStart() {
    var book = book(.expected)
    let id = book.enter(Talk(id: "a", duration: .seconds(10)), at: .zero)
    _ = book.acknowledged(id, stillSpeaking: 0, at: .zero)
    _ = book.heard(.talkStarted(talk: nil), stillSpeaking: 0, at: at(1))
    #expect(book.deadline == at(13))
    #expect(book.due(at: at(12)) == [])
    #expect(book.due(at: at(13)).map(\.phase) == [.ended(estimated: true)])
    #expect(book.deadline == nil)
  }

  @Test("Long after an estimated end an event without an id belongs to the next talk")
  func lateWindow() {
    var book = book(.expected)
    _ = book.enter(Talk(id: "a", duration: .seconds(1)), at: .zero)
    _ = book.due(at: at(3))
    _ = book.enter(Talk(id: "b", duration: nil), at: at(4))
    var soon = book
    #expect(soon.heard(.talkStarted(talk: nil), stillSpeaking: 0, at: at(13)) == [], "it is the first talk's")
    #expect(soon.heard(.talkEnded(talk: nil, duration: nil), stillSpeaking: 0, at: at(14)) == [])
    #expect(soon.heard(.talkStarted(talk: nil), stillSpeaking: 0, at: at(15)).map(\.talk) == ["b"])
    #expect(book.heard(.talkStarted(talk: nil), stillSpeaking: 0, at: at(14)).map(\.talk) == ["b"])
  }

  @Test("Time that jumps tells start and end in order")
  func jump() {
    var book = book(.nobody)
    let id = book.enter(Talk(id: "a", duration: .zero), at: .zero)
    #expect(
      book.acknowledged(id, stillSpeaking: 0, at: .zero).map(\.phase) == [
        .accepted(durationMs: 0), .started(estimated: true), .ended(estimated: true),
      ])
  }
}
