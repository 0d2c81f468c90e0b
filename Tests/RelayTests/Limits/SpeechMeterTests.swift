// Checks what is counted of talks and characters by subject and in all.
import Basics
import Signaling
import Testing

@testable import Relay

@Suite struct SpeechMeterTests {
  private func at(_ seconds: Double) -> MonotonicInstant { MonotonicInstant(sinceStart: .seconds(seconds)) }

  private func refusal(_ body: () throws(SignalingError) -> Void) -> SignalingError? {
    do {
      try body()
      return nil
    } catch { return error }
  }

  @Test func eachLimitIsNamedWithWhenToComeBack() {
    var meter = SpeechMeter(
      each: .init(talks: 2, characters: 100), inAll: .init(talks: 3, characters: 150), limit: 10, at: at(0))
    #expect(refusal { () throws(SignalingError) in try meter.count(90, for: .token("a"), at: at(0)) } == nil)
    let long = refusal { () throws(SignalingError) in try meter.count(20, for: .token("a"), at: at(0)) }
    #expect(long?.kind == .talkLimit && long?.limit == .charactersPerMinute && long?.retryAfterMs == 6000)
    #expect(refusal { () throws(SignalingError) in try meter.count(0, for: .token("a"), at: at(0)) } == nil)
    let many = refusal { () throws(SignalingError) in try meter.count(0, for: .token("a"), at: at(0)) }
    #expect(many?.limit == .talksPerMinute && many?.retryAfterMs == 30_000)
    let all = refusal { () throws(SignalingError) in try meter.count(80, for: .token("b"), at: at(0)) }
    #expect(all?.limit == .totalCharactersPerMinute && all?.retryAfterMs == 8000)
    #expect(refusal { () throws(SignalingError) in try meter.count(0, for: .token("b"), at: at(0)) } == nil)
    let last = refusal { () throws(SignalingError) in try meter.count(0, for: .token("b"), at: at(0)) }
    #expect(last?.limit == .totalTalksPerMinute)
    #expect(refusal { () throws(SignalingError) in try meter.count(80, for: .token("b"), at: at(60)) } == nil)
  }

  @Test func aSubjectAndAnAddressOfOneNameAreTwo() {
    var meter = SpeechMeter(each: .init(talks: 1), inAll: .init(), limit: 10, at: at(0))
    #expect(refusal { () throws(SignalingError) in try meter.count(1, for: .token("x"), at: at(0)) } == nil)
    #expect(refusal { () throws(SignalingError) in try meter.count(1, for: .address("x"), at: at(0)) } == nil)
    #expect(refusal { () throws(SignalingError) in try meter.count(1, for: .address("x"), at: at(0)) } != nil)
  }

  @Test func subjectsAreBoundedAndForgottenOnceTheirMinuteIsOver() {
    var meter = SpeechMeter(each: .init(talks: 60), inAll: .init(), limit: 2, at: at(0))
    for name in ["a", "b"] {
      #expect(refusal { () throws(SignalingError) in try meter.count(1, for: .token(name), at: at(0)) } == nil)
    }
    let full = refusal { () throws(SignalingError) in try meter.count(1, for: .token("c"), at: at(0)) }
    #expect(full?.kind == .requestOverload && full?.retryAfterMs == 1000)
    #expect(meter.count == 2)
    #expect(refusal { () throws(SignalingError) in try meter.count(1, for: .token("c"), at: at(1)) } == nil)
    #expect(meter.count == 1)
  }

  @Test func withoutLimitsNobodyIsRemembered() {
    var meter = SpeechMeter(each: .init(), inAll: .init(), limit: 1, at: at(0))
    for number in 1...1000 {
      #expect(
        refusal { () throws(SignalingError) in try meter.count(.max, for: .token("\(number)"), at: at(0)) } == nil)
    }
    #expect(meter.count == 0)
  }
}
