// Checks how many sessions may be asked for in a minute.
import Basics
import Signaling
import Testing

@testable import Relay

@Suite struct OpenMeterTests {
  private func at(_ seconds: Double) -> MonotonicInstant { .zero.advanced(by: .seconds(seconds)) }

  private func refusal(_ meter: inout OpenMeter, _ subject: Subject, at seconds: Double) -> SignalingError? {
    do throws(SignalingError) {
      try meter.count(for: subject, at: at(seconds))
      return nil
    } catch { return error }
  }

  @Test func aSubjectsMinuteMayComeAtOnceAndFlowsBack() {
    var meter = OpenMeter(each: 2, inAll: nil, limit: 10, at: at(0))
    #expect(refusal(&meter, .token("a"), at: 0) == nil && refusal(&meter, .token("a"), at: 0) == nil)
    let refused = refusal(&meter, .token("a"), at: 0)
    #expect(refused?.kind == .sessionLimit && refused?.limit == .opensPerMinute && refused?.retryAfterMs == 30_000)
    #expect(refusal(&meter, .token("b"), at: 0) == nil)
    #expect(refusal(&meter, .address("a"), at: 0) == nil)
    #expect(refusal(&meter, .token("a"), at: 29.9)?.limit == .opensPerMinute)
    #expect(refusal(&meter, .token("a"), at: 30) == nil)
  }

  @Test func allTogetherAreBoundedAndARefusalCountsForNobody() {
    var meter = OpenMeter(each: 3, inAll: 4, limit: 10, at: at(0))
    for _ in 0..<2 { #expect(refusal(&meter, .token("a"), at: 0) == nil && refusal(&meter, .token("b"), at: 0) == nil) }
    for _ in 0..<10 { #expect(refusal(&meter, .token("a"), at: 0)?.limit == .totalOpensPerMinute) }
    // Fifteen seconds bring one of all, and the subject has its third yet.
    #expect(refusal(&meter, .token("a"), at: 15) == nil)
    #expect(refusal(&meter, .token("b"), at: 15)?.retryAfterMs == 15_000)
  }

  @Test func subjectsAreForgottenAndBounded() {
    var meter = OpenMeter(each: 1, inAll: nil, limit: 2, at: at(0))
    #expect(refusal(&meter, .token("a"), at: 0) == nil && refusal(&meter, .token("b"), at: 0) == nil)
    #expect(refusal(&meter, .token("c"), at: 0)?.kind == .requestOverload)
    #expect(meter.count == 2)
    #expect(refusal(&meter, .token("c"), at: 60) == nil)
    #expect(meter.count == 1)
  }

  @Test func withoutLimitsNobodyIsRemembered() {
    var meter = OpenMeter(each: nil, inAll: nil, limit: 1, at: at(0))
    for subject in ["a", "b", "c"] { #expect(refusal(&meter, .token(subject), at: 0) == nil) }
    #expect(meter.count == 0)
  }
}
