// What is due when: pictures, sound and events of a session on one clock.
import Basics
import Testing

@testable import MockProvider

@Suite struct MediaTimelineTests {
  private typealias Action = MediaTimeline.Action

  private static let legacy = MediaTimeline.Rules(frameInterval: .milliseconds(40))
  private static let continuous = MediaTimeline.Rules(
    frameInterval: .milliseconds(40), idleFrameInterval: .milliseconds(200))

  private func at(_ milliseconds: Int64) -> MonotonicInstant {
    MonotonicInstant(sinceStart: .milliseconds(1000 + milliseconds))
  }

  /// Runs a timeline as a media session does: sleeps until something is due, and takes it.
  private func run(_ timeline: inout MediaTimeline, until end: Int64) -> [Action] {
    var actions: [Action] = []
    while let deadline = timeline.deadline, deadline <= at(end) { actions += timeline.advance(to: deadline) }
    return actions
  }

  private func frames(_ actions: [Action]) -> [MediaFrame] {
    actions.compactMap { if case .frame(let frame) = $0 { frame } else { nil } }
  }

  private func positions(_ actions: [Action]) -> [Duration] {
    actions.compactMap { if case .sound(_, let position, _) = $0 { position } else { nil } }
  }

  private func silences(_ actions: [Action]) -> Int {
    actions.count { if case .silence = $0 { true } else { false } }
  }

  /// What is neither picture nor sound.
  private func events(_ actions: [Action]) -> [Action] {
    actions.filter {
      switch $0 {
      case .ready, .started, .ended: true
      default: false
      }
    }
  }

  @Test func aTalkIsShownAndHeardFromItsFirstSampleToItsLast() {
    var timeline = MediaTimeline(rules: Self.legacy)
    timeline.connect(at: at(0))
    timeline.set(talk: "a", start: at(100), duration: .milliseconds(1000))
    let actions = run(&timeline, until: 5000)
    #expect(events(actions) == [.started(talk: "a"), .ended(talk: "a", spoken: .milliseconds(1000))])
    #expect(actions.first == .started(talk: "a"))
    #expect(frames(actions).map(\.due) == (0..<30).map { at(100 + $0 * 40) })
    #expect(frames(actions).map(\.talk) == Array(repeating: "a", count: 25) + Array(repeating: nil, count: 5))
    #expect(positions(actions) == (0..<50).map { .milliseconds($0 * 20) })
    #expect(silences(actions) == 10)
    #expect(timeline.deadline == nil)
    #expect(timeline.missedFrames == 0)
    #expect(timeline.leaps == 0)
  }

  @Test func nothingIsSentBeforeConnectingAndWhileALegacyStreamIsSilent() {
    var timeline = MediaTimeline(rules: Self.legacy)
    #expect(timeline.deadline == nil)
    #expect(timeline.advance(to: at(10_000)) == [])
    timeline.connect(at: at(0))
    #expect(timeline.deadline == nil)
  }

  @Test func theWarmUpShowsPicturesAndEndsWithReady() {
    var rules = Self.legacy
    rules.warmUp = .seconds(2)
    var timeline = MediaTimeline(rules: rules)
    timeline.connect(at: at(0))
    let actions = run(&timeline, until: 10_000)
    #expect(events(actions) == [.ready])
    #expect(actions.last == .ready)
    #expect(frames(actions).count == 50)
    #expect(positions(actions).isEmpty && silences(actions) == 0)
    #expect(timeline.deadline == nil)
  }

  @Test func aTalkDuringTheWarmUpGoesOnBehindIt() {
    var rules = Self.legacy
    rules.warmUp = .seconds(2)
    var timeline = MediaTimeline(rules: rules)
    timeline.connect(at: at(0))
    timeline.set(talk: "a", start: at(1500), duration: .seconds(1))
    let actions = run(&timeline, until: 10_000)
    #expect(events(actions) == [.started(talk: "a"), .ready, .ended(talk: "a", spoken: .seconds(1))])
    #expect(frames(actions).last.map(\.due) ?? at(0) >= at(2460))
  }

  /// A stream that pauses leaves its last picture standing.
  @Test(arguments: [1, 4, 25, 60], [1000, 1010, 1039])
  func theLastPictureIsOfAFaceAtRest(framesPerSecond: Int, duration: Int64) {
    var timeline = MediaTimeline(rules: .init(frameInterval: .seconds(1) / framesPerSecond))
    timeline.connect(at: at(0))
    timeline.set(talk: "a", start: at(0), duration: .milliseconds(duration))
    let shown = frames(run(&timeline, until: 10_000))
    let closing = shown.drop { $0.talk != nil }
    #expect(closing.allSatisfy { $0.talk == nil && $0.due >= at(duration) })
    #expect(closing.count == [1: 2, 4: 2, 25: 5, 60: 12][framesPerSecond])
    #expect(timeline.deadline == nil && !timeline.isShowing)
  }

  @Test func aTalkThatALeapSkipsStillEndsWithAFaceAtRest() {
    var timeline = MediaTimeline(rules: Self.legacy)
    timeline.connect(at: at(0))
    timeline.set(talk: "a", start: at(0), duration: .seconds(10))
    _ = run(&timeline, until: 1000)
    let shown = frames(timeline.advance(to: at(300_000)))
    #expect(shown.map(\.talk) == [nil])
    #expect(timeline.isShowing)
  }

  @Test func theNextTalkBeginsInsteadOfTheRest() {
    var timeline = MediaTimeline(rules: Self.legacy)
    timeline.connect(at: at(0))
    timeline.set(talk: "a", start: at(0), duration: .seconds(1))
    timeline.set(talk: "b", start: at(1080), duration: .seconds(1))
    let shown = frames(run(&timeline, until: 10_000)).map(\.talk)
    let rest: String? = nil
    let (a, b) = (Array(repeating: "a" as String?, count: 25), Array(repeating: "b" as String?, count: 25))
    #expect(shown == a + [rest, rest] + b + Array(repeating: rest, count: 5))
  }

  @Test func aContinuousStreamNeverPauses() {
    var timeline = MediaTimeline(rules: Self.continuous)
    timeline.connect(at: at(0))
    #expect(frames(run(&timeline, until: 999)).count == 5)
    timeline.set(talk: "a", start: at(1100), duration: .seconds(1))
    let actions = run(&timeline, until: 3000)
    let shown = frames(actions)
    #expect(shown.contains { $0.due == at(1100) && $0.talk == "a" && $0.position == .zero })
    #expect(shown.count { $0.talk == "a" } == 25)
    let gaps = zip(shown, shown.dropFirst()).map { $0.due.duration(to: $1.due) }
    #expect(gaps.allSatisfy { $0 <= .milliseconds(200) })
  }

  @Test func talksAreSaidOneAfterTheOther() {
    var timeline = MediaTimeline(rules: Self.legacy)
    timeline.connect(at: at(0))
    timeline.set(talk: "a", start: at(0), duration: .milliseconds(500))
    timeline.set(talk: "b", start: at(500), duration: .milliseconds(300))
    let actions = run(&timeline, until: 5000)
    #expect(
      events(actions) == [
        .started(talk: "a"), .ended(talk: "a", spoken: .milliseconds(500)), .started(talk: "b"),
        .ended(talk: "b", spoken: .milliseconds(300)),
      ])
    // The silence behind the first gives way to the second.
    #expect(silences(actions) == 10)
    #expect(positions(actions).count == 25 + 15)
  }

  @Test func anInterruptionCutsOffAtOnceAndForgetsWhatWaits() {
    for rules in [Self.legacy, Self.continuous] {
      var timeline = MediaTimeline(rules: rules)
      timeline.connect(at: at(0))
      timeline.set(talk: "a", start: at(0), duration: .seconds(10))
      timeline.set(talk: "b", start: at(10_000), duration: .seconds(10))
      _ = run(&timeline, until: 990)
      let cut = timeline.interrupt(at: at(1000))
      #expect(events(cut) == [.ended(talk: "a", spoken: .seconds(1))])
      #expect(timeline.speaking == nil)
      let later = run(&timeline, until: 20_000)
      #expect(events(later).isEmpty)
      #expect(positions(later).isEmpty)
      // The first 20 ms of it were due at the cut.
      #expect(silences(later) == 9)
      #expect(frames(later).allSatisfy { $0.talk == nil })
      #expect((frames(later).count == 5) == (rules == Self.legacy))
      // Another talk begins as if nothing had been.
      timeline.set(talk: "c", start: at(21_000), duration: .milliseconds(100))
      #expect(events(run(&timeline, until: 30_000)).count == 2)
    }
  }

  @Test func interruptingSilenceSaysNothing() {
    var timeline = MediaTimeline(rules: Self.continuous)
    timeline.connect(at: at(0))
    #expect(events(timeline.interrupt(at: at(100))).isEmpty)
  }

  @Test func whoIsLateShowsThePictureOfNowAndAllOfTheSound() {
    var timeline = MediaTimeline(rules: Self.legacy)
    timeline.connect(at: at(0))
    timeline.set(talk: "a", start: at(0), duration: .seconds(10))
    _ = run(&timeline, until: 1000)
    let actions = timeline.advance(to: at(1170))
    #expect(frames(actions).map(\.due) == [at(1160)])
    #expect(positions(actions) == (51...58).map { .milliseconds($0 * 20) })
    #expect(timeline.missedFrames == 3)
    #expect(timeline.leaps == 0)
    // The grid is where it was.
    #expect(frames(run(&timeline, until: 1300)).map(\.due) == [at(1200), at(1240), at(1280)])
  }

  @Test func aLeapOfTheClockIsNotMadeUpFor() {
    var timeline = MediaTimeline(rules: Self.continuous)
    timeline.connect(at: at(0))
    timeline.set(talk: "a", start: at(0), duration: .seconds(10))
    timeline.set(talk: "b", start: at(10_000), duration: .seconds(10))
    timeline.set(talk: "c", start: at(20_000), duration: .seconds(10))
    _ = run(&timeline, until: 1000)
    let actions = timeline.advance(to: at(25_010))
    #expect(
      events(actions) == [
        .ended(talk: "a", spoken: .seconds(10)), .started(talk: "b"), .ended(talk: "b", spoken: .seconds(10)),
        .started(talk: "c"),
      ])
    #expect(frames(actions).count <= 2)
    #expect(frames(actions).last?.position == .milliseconds(5000))
    #expect(positions(actions).count <= 26)
    #expect(positions(actions).last == .milliseconds(5000))
    #expect(timeline.missedFrames == 0)
    #expect(timeline.leaps > 0)
    #expect(run(&timeline, until: 5_000_000).count < 30_000)
  }

  @Test func anEmptyTalkStartsAndEnds() {
    var timeline = MediaTimeline(rules: Self.legacy)
    timeline.connect(at: at(0))
    timeline.set(talk: "a", start: at(0), duration: .zero)
    #expect(events(run(&timeline, until: 1000)) == [.started(talk: "a"), .ended(talk: "a", spoken: .zero)])
  }

  @Test(arguments: [1, 7, 15, 25, 30, 60])
  func picturesDoNotDrift(framesPerSecond: Int) {
    var timeline = MediaTimeline(
      rules: .init(frameInterval: .seconds(1) / framesPerSecond, idleFrameInterval: .milliseconds(200)))
    timeline.connect(at: at(0))
    timeline.set(talk: "a", start: at(0), duration: .seconds(600))
    let shown = frames(run(&timeline, until: 599_999)).filter { $0.talk != nil }
    #expect(abs(shown.count - 600 * framesPerSecond) <= 1)
  }

  @Test func aNewFaceIsShownAtOnce() {
    var timeline = MediaTimeline(rules: Self.continuous)
    timeline.connect(at: at(0))
    _ = run(&timeline, until: 10)
    timeline.hurry(at: at(50))
    #expect(timeline.deadline == at(50))
    #expect(frames(timeline.advance(to: at(50))).map(\.due) == [at(50)])
    // A stream that pauses goes on pausing.
    var silent = MediaTimeline(rules: Self.legacy)
    silent.connect(at: at(0))
    silent.hurry(at: at(50))
    #expect(silent.deadline == nil)
  }

  @Test func nothingIsDueAfterTheEnd() {
    var timeline = MediaTimeline(rules: Self.continuous)
    timeline.connect(at: at(0))
    timeline.set(talk: "a", start: at(0), duration: .seconds(10))
    _ = run(&timeline, until: 1000)
    timeline.close()
    #expect(timeline.deadline == nil)
    #expect(timeline.advance(to: at(50_000)) == [])
  }
}
