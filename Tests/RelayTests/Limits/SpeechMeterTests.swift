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

  @Test func moreThanAMinutesCharactersIsNeverSaid() {
    var meter = SpeechMeter(each: .init(characters: 100), inAll: .init(characters: 150), limit: 10, at: at(0))
    for minute in 0..<3 {
      let long = refusal { () throws(SignalingError) in
        try meter.count(101, for: .token("a"), at: at(Double(60 * minute)))
      }
      #expect(long?.kind == .talkTooLong && long?.limit == .charactersPerMinute && long?.retryAfterMs == nil)
      #expect(long?.message.contains("100") == true)
    }
    #expect(refusal { () throws(SignalingError) in try meter.count(100, for: .token("a"), at: at(120)) } == nil)
    var all = SpeechMeter(each: .init(), inAll: .init(characters: 150), limit: 10, at: at(0))
    let long = refusal { () throws(SignalingError) in try all.count(151, for: .token("a"), at: at(0)) }
    #expect(long?.kind == .talkTooLong && long?.limit == .totalCharactersPerMinute)
    #expect(refusal { () throws(SignalingError) in try all.count(150, for: .token("a"), at: at(0)) } == nil)
  }

  /// The attack that was run: long talks, one after the other, for an hour.
  @Test func noSequenceOfTalksSaysMoreThanTheLimit() {
    var meter = SpeechMeter(each: .init(characters: 100), inAll: .init(), limit: 10, at: at(0))
    var said = 0
    for second in 0..<3600 {
      for characters in [40_000, 101, 100, 60, 7, 1] {
        let refused = refusal { () throws(SignalingError) in
          try meter.count(characters, for: .token("a"), at: at(Double(second)))
        }
        if refused == nil { said += characters }
      }
    }
    #expect(said <= 100 + 60 * 100)
    #expect(said >= 60 * 100 - 100)
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
