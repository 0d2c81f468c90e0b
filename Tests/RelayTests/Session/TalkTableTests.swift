// Checks talks on their own: bounds, order and oddities.
import AvatarProvider
import Basics
import Signaling
import Testing

@testable import Relay

@Suite struct TalkTableTests {
  private func at(_ seconds: Int) -> MonotonicInstant { .zero.advanced(by: .seconds(seconds)) }

  private func talks(_ witness: TalkTable.Witness, _ change: (inout RelayLimits) -> Void = { _ in }) -> TalkTable {
    var limits = RelayLimits()
    change(&limits)
    var talks = TalkTable(limits: limits)
    talks.witness = witness
    return talks
  }

  @Test("As many talks as may be are remembered: an ended one is forgotten first, then the oldest")
  func bound() {
    var talks = talks(.expected) { $0.talksRemembered = 2 }
    for id in ["a", "b"] { _ = talks.insert(Talk(id: id, duration: nil), atMost: .zero, at: .zero) }
    _ = talks.heard(.talkEnded(talk: "b", duration: nil), stillSpeaking: 0, at: .zero)
    _ = talks.insert(Talk(id: "c", duration: nil), atMost: .zero, at: .zero)
    #expect(talks.entries.map(\.id) == ["a", "c"])
    _ = talks.insert(Talk(id: "d", duration: nil), atMost: .zero, at: .zero)
    #expect(talks.entries.map(\.id) == ["c", "d"])
    #expect(talks.look(up: "a") == .unknown)
    #expect(talks.acceptedCount == 4)
  }

  @Test("So many events are kept for a talk that is not acknowledged yet")
  func earlyBound() {
    var talks = talks(.expected) { $0.earlyTalkEvents = 1 }
    _ = talks.heard(.talkStarted(talk: "a"), stillSpeaking: 1, at: .zero)
    _ = talks.heard(.talkEnded(talk: "a", duration: nil), stillSpeaking: 1, at: .zero)
    let id = talks.insert(Talk(id: "a", duration: nil), atMost: .zero, at: .zero)
    #expect(
      talks.acknowledged(id, stillSpeaking: 0, at: .zero).map(\.phase) == [
        .accepted(durationMs: nil), .started(estimated: false),
      ])
  }

  @Test("An early event is taken by the first talk that it fits, and by that one only")
  func earlyOnce() {
    var talks = talks(.expected)
    _ = talks.heard(.talkStarted(talk: nil), stillSpeaking: 2, at: .zero)
    let first = talks.insert(Talk(id: "a", duration: nil), atMost: .zero, at: .zero)
    #expect(talks.acknowledged(first, stillSpeaking: 1, at: .zero).last?.phase == .started(estimated: false))
    let second = talks.insert(Talk(id: "b", duration: nil), atMost: .zero, at: .zero)
    #expect(talks.acknowledged(second, stillSpeaking: 0, at: .zero).map(\.phase) == [.accepted(durationMs: nil)])
  }

  @Test("An event about a talk that nobody knows means nothing when nothing is being accepted")
  func unknown() {
    var talks = talks(.expected)
    #expect(talks.heard(.talkStarted(talk: "a"), stillSpeaking: 0, at: .zero) == [])
    let id = talks.insert(Talk(id: "a", duration: nil), atMost: .zero, at: .zero)
    #expect(talks.acknowledged(id, stillSpeaking: 0, at: .zero).map(\.phase) == [.accepted(durationMs: nil)])
  }

  @Test("The same event twice is told once")
  func twice() {
    var talks = talks(.expected)
    let id = talks.insert(Talk(id: "a", duration: nil), atMost: .zero, at: .zero)
    _ = talks.acknowledged(id, stillSpeaking: 0, at: .zero)
    #expect(talks.heard(.talkStarted(talk: "a"), stillSpeaking: 1, at: .zero).count == 1)
    #expect(talks.heard(.talkStarted(talk: "a"), stillSpeaking: 1, at: .zero) == [])
    #expect(talks.heard(.talkEnded(talk: "a", duration: nil), stillSpeaking: 1, at: .zero).count == 1)
    #expect(talks.heard(.talkFailed(talk: "a", message: ""), stillSpeaking: 1, at: .zero) == [])
  }

  @Test("An end without a start has one before it, estimated; a failure has none")
  func endOnly() {
    var talks = talks(.expected)
    for id in ["a", "b"] { _ = talks.insert(Talk(id: id, duration: nil), atMost: .zero, at: .zero) }
    #expect(
      talks.heard(.talkEnded(talk: "a", duration: nil), stillSpeaking: 0, at: .zero).map(\.phase) == [
        .started(estimated: true), .ended(estimated: false),
      ])
    #expect(talks.heard(.talkFailed(talk: "b", message: ""), stillSpeaking: 0, at: .zero).count == 1)
  }

  @Test("An id that the provider uses twice is told apart")
  func sameID() {
    var talks = talks(.nobody)
    #expect(talks.insert(Talk(id: "a", duration: nil), atMost: .zero, at: .zero) == "a")
    #expect(talks.insert(Talk(id: "a", duration: nil), atMost: .zero, at: .zero) == "talk-1")
    #expect(talks.look(up: "talk-1") == .current(providerID: "a"))
  }

  @Test("A start that was seen moves the estimated end")
  func seenStart() {
    var talks = talks(.expected)
    let id = talks.insert(Talk(id: "a", duration: .seconds(10)), atMost: .zero, at: .zero)
    _ = talks.acknowledged(id, stillSpeaking: 0, at: .zero)
    _ = talks.heard(.talkStarted(talk: nil), stillSpeaking: 0, at: at(1))
    #expect(talks.deadline == at(13))
    #expect(talks.due(at: at(12)) == [])
    #expect(talks.due(at: at(13)).map(\.phase) == [.ended(estimated: true)])
    #expect(talks.deadline == nil)
  }

  @Test("Long after an estimated end an event without an id belongs to the next talk")
  func lateWindow() {
    var talks = talks(.expected)
    _ = talks.insert(Talk(id: "a", duration: .seconds(1)), atMost: .zero, at: .zero)
    _ = talks.due(at: at(3))
    _ = talks.insert(Talk(id: "b", duration: nil), atMost: .zero, at: at(4))
    var soon = talks
    #expect(soon.heard(.talkStarted(talk: nil), stillSpeaking: 0, at: at(13)) == [], "it is the first talk's")
    #expect(soon.heard(.talkEnded(talk: nil, duration: nil), stillSpeaking: 0, at: at(14)) == [])
    #expect(soon.heard(.talkStarted(talk: nil), stillSpeaking: 0, at: at(15)).map(\.talk) == ["b"])
    #expect(talks.heard(.talkStarted(talk: nil), stillSpeaking: 0, at: at(14)).map(\.talk) == ["b"])
  }

  @Test("Time that jumps tells start and end in order")
  func jump() {
    var talks = talks(.nobody)
    let id = talks.insert(Talk(id: "a", duration: .zero), atMost: .zero, at: .zero)
    #expect(
      talks.acknowledged(id, stillSpeaking: 0, at: .zero).map(\.phase) == [
        .accepted(durationMs: 0), .started(estimated: true), .ended(estimated: true),
      ])
  }
}
