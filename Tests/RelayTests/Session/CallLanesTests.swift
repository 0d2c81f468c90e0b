// Checks the lanes on their own: who goes, who waits, who is given up, and how many may wait.
import AvatarProvider
import Basics
import SessionValues
import Signaling
import Testing

@testable import Relay

@Suite struct CallLanesTests {
  private static let apart = ProviderTraits.Lanes(candidates: .together, talks: .oneByOne)

  private func id(_ value: Int) -> RequestID { RequestID(Int64(value)) }
  private func candidate(_ name: String) -> ProviderCall { .add(.sample(name)) }
  private func talk(_ words: String) -> ProviderCall { .speak(Script(.text(words))) }

  private func lanes(
    _ lanes: ProviderTraits.Lanes = apart, isDescribed: Bool = true, _ change: (inout RelayLimits) -> Void = { _ in }
  )
    -> CallLanes
  {
    var limits = RelayLimits()
    change(&limits)
    var made = CallLanes(lanes, limits: limits)
    if isDescribed { made.descriptionAccepted() }
    return made
  }

  /// Adds calls with the ids 1, 2, … and says which of them start.
  private func add(_ calls: [ProviderCall], to lanes: inout CallLanes) throws -> [RequestID] {
    try calls.enumerated().flatMap { index, call in
      try lanes.add(call, for: id(index + 1))
      return lanes.start(at: .zero).map(\.request)
    }
  }

  @Test("The end of candidates waits for those, too, that were asked for after it and are held")
  func endBeforeCandidates() throws {
    var lanes = lanes(isDescribed: false)
    #expect(try add([.add(nil), candidate("a")], to: &lanes).isEmpty)
    lanes.descriptionAccepted()
    #expect(lanes.start(at: .zero).map(\.request) == [id(2)])
    _ = lanes.finish(id(2))
    #expect(lanes.start(at: .zero).map(\.request) == [id(1)])
  }

  @Test("The end of candidates takes no place of theirs and is never lost, however often it comes")
  func endTakesNoPlace() throws {
    var lanes = lanes(isDescribed: false) {
      $0.heldCandidates = 2
      $0.waitingCalls = 5
    }
    #expect(try add([.add(nil), .add(nil), candidate("a"), .add(nil), candidate("b")], to: &lanes).isEmpty)
    #expect(throws: SignalingError.self) { try lanes.add(candidate("c"), for: id(6)) }
    try lanes.add(.add(nil), for: id(7))
    // There is a bound all the same.
    #expect(throws: SignalingError.self) { try lanes.add(.add(nil), for: id(8)) }
    lanes.descriptionAccepted()
    #expect(lanes.start(at: .zero).map(\.request) == [id(3), id(5)])
    for request in [3, 5] { _ = lanes.finish(id(request)) }
    #expect(lanes.start(at: .zero).map(\.request).first == id(1))
  }

  @Test("Candidates wait for the description, then go together, and their end once all others were answered")
  func candidates() throws {
    var lanes = lanes(isDescribed: false)
    #expect(try add([candidate("a"), .add(nil), candidate("b")], to: &lanes).isEmpty)
    #expect(lanes.heldCount == 3)
    lanes.descriptionAccepted()
    #expect(lanes.heldCount == 0)
    #expect(lanes.start(at: .zero).map(\.request) == [id(1), id(3)])
    // One that comes now does not wait, and the end goes on waiting: for this one too.
    try lanes.add(candidate("c"), for: id(4))
    #expect(lanes.start(at: .zero).map(\.request) == [id(4)])
    for other in [3, 1] {
      _ = lanes.finish(id(other))
      #expect(lanes.start(at: .zero).isEmpty)
    }
    _ = lanes.finish(id(4))
    #expect(lanes.start(at: .zero).map(\.request) == [id(2)])
    // What comes after the end is no longer its business; another end waits for this one.
    try lanes.add(candidate("d"), for: id(5))
    try lanes.add(.add(nil), for: id(6))
    #expect(lanes.start(at: .zero).map(\.request) == [id(5)])
    _ = lanes.finish(id(5))
    #expect(lanes.start(at: .zero).isEmpty)
    _ = lanes.finish(id(2))
    #expect(lanes.start(at: .zero).map(\.request) == [id(6)])
  }

  @Test("A provider may want candidates one by one, and talks together")
  func otherOrders() throws {
    var lanes = lanes(.init(candidates: .oneByOne, talks: .together))
    #expect(
      try add([candidate("a"), candidate("b"), .add(nil), talk("x"), talk("y")], to: &lanes) == [id(1), id(4), id(5)])
    _ = lanes.finish(id(1))
    #expect(lanes.start(at: .zero).map(\.request) == [id(2)])
    _ = lanes.finish(id(2))
    #expect(lanes.start(at: .zero).map(\.request) == [id(3)])
  }

  @Test("Talks go one by one; candidates, interruptions and extensions do not wait for them")
  func talks() throws {
    var lanes = lanes()
    let started = try add([talk("a"), talk("b"), .extend, candidate("c"), .extend], to: &lanes)
    #expect(started == [id(1), id(3), id(4), id(5)])
    #expect(lanes.finish(id(2)) == nil, "it does not run yet")
    #expect(lanes.finish(id(1))?.entry.call == talk("a"))
    #expect(lanes.start(at: .zero).map(\.request) == [id(2)])
  }

  @Test("An interruption gives up what waits and has cut off what is on its way; what is asked for later waits for it")
  func interruption() throws {
    var lanes = lanes()
    _ = try add([talk("a"), talk("b"), candidate("c"), talk("d")], to: &lanes)
    #expect(!lanes.isCutPending)
    #expect(lanes.interruptTalks() == [id(2), id(4)])
    #expect(lanes.isCutPending)
    #expect(lanes.wish(for: id(1)) == .cutOff && lanes.wish(for: id(3)) == .played && lanes.wish(for: id(2)) == nil)
    try lanes.add(.interrupt(talk: nil, providerID: nil), for: id(5))
    try lanes.add(talk("e"), for: id(6))
    #expect(lanes.start(at: .zero).map(\.request) == [id(5)])
    #expect(lanes.finish(id(1))?.wish == .cutOff)
    lanes.run(.cut(talk: "t", providerID: "t"), for: id(1), at: .zero)
    #expect(lanes.isCutPending)
    _ = lanes.finish(id(5))
    #expect(lanes.start(at: .zero).isEmpty, "a talk beside a cut could be cut off in its place")
    _ = lanes.finish(id(1))
    #expect(!lanes.isCutPending)
    #expect(lanes.start(at: .zero).map(\.request) == [id(6)])
    #expect(lanes.wish(for: id(6)) == .played)
  }

  @Test("So many candidates are held, and their end beside them, whenever it comes", arguments: 0...2)
  func held(before: Int) throws {
    var lanes = lanes(isDescribed: false) { $0.heldCandidates = 2 }
    for number in 0..<before { try lanes.add(candidate("\(number)"), for: id(number + 1)) }
    try lanes.add(.add(nil), for: id(10))
    for number in before..<2 { try lanes.add(candidate("\(number)"), for: id(number + 1)) }
    do throws(SignalingError) {
      try lanes.add(candidate("late"), for: id(11))
      Issue.record("held")
    } catch { #expect(error.kind == .candidateLimit) }
    // What needs no description is no matter of that limit.
    try lanes.add(.extend, for: id(12))
    #expect(lanes.start(at: .zero).map(\.request) == [id(12)])
    lanes.descriptionAccepted()
    #expect(lanes.start(at: .zero).map(\.request) == [id(1), id(2)])
  }

  @Test("So many calls wait, and the end of candidates beside them; what never waits is never too much")
  func waiting() throws {
    var lanes = lanes { $0.waitingCalls = 2 }
    _ = try add([candidate("a"), talk("a"), talk("b"), talk("c")], to: &lanes)
    do throws(SignalingError) {
      try lanes.add(talk("d"), for: id(5))
      Issue.record("waits")
    } catch { #expect(error.kind == .requestOverload) }
    try lanes.add(.add(nil), for: id(6))
    for (number, call) in [ProviderCall.extend, .interrupt(talk: nil, providerID: nil)].enumerated() {
      try lanes.add(call, for: id(7 + number))
    }
    #expect(lanes.start(at: .zero).map(\.request) == [id(7), id(8)])
    _ = lanes.finish(id(1))
    #expect(lanes.start(at: .zero).map(\.request) == [id(6)])
    #expect(lanes.abandonWaiting().map(\.request) == [id(3), id(4)])
    #expect(lanes.waiting.isEmpty && lanes.running.count == 4)
  }
}
