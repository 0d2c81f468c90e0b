// Buckets: bursts, even flow, and amounts that are more than a bucket holds.
import Basics
import Testing

@Suite struct TokenBucketTests {
  private func at(_ seconds: Double) -> MonotonicInstant { MonotonicInstant(sinceStart: .seconds(seconds)) }

  @Test func burstAndThenAnEvenFlow() {
    var bucket = TokenBucket(capacity: 3, perSecond: 2, at: at(0))
    for _ in 1...3 { #expect(bucket.take(at: at(0)) == .zero) }
    #expect(bucket.take(at: at(0)) == .milliseconds(500))
    #expect(bucket.take(at: at(0.25)) == .milliseconds(250))
    #expect(bucket.take(at: at(0.5)) == .zero)
    #expect(!bucket.isFull(at: at(1.9)))
    #expect(bucket.isFull(at: at(2)))
    // A long silence gives no more than a burst.
    for _ in 1...3 { #expect(bucket.take(at: at(1000)) == .zero) }
    #expect(bucket.take(at: at(1000)) > .zero)
  }

  @Test func whatIsRefusedCostsNothing() {
    var bucket = TokenBucket(capacity: 10, perSecond: 1, at: at(0))
    #expect(bucket.take(8, at: at(0)) == .zero)
    for _ in 1...100 { #expect(bucket.take(5, at: at(0)) == .seconds(3)) }
    #expect(bucket.take(2, at: at(0)) == .zero)
  }

  @Test func whatNeverFitsIsNeverTaken() {
    var bucket = TokenBucket(perMinute: 60, at: at(0))
    #expect(bucket.holds(60) && !bucket.holds(61))
    #expect(bucket.take(61, at: at(0)) == .seconds(86_400))
    #expect(bucket.take(61, at: at(100_000)) == .seconds(86_400))
    #expect(bucket.take(60, at: at(100_000)) == .zero)
  }

  @Test func timeThatGoesBackwardsGivesNothing() {
    var bucket = TokenBucket(capacity: 1, perSecond: 1, at: at(10))
    #expect(bucket.take(at: at(10)) == .zero)
    #expect(bucket.take(at: at(5)) > .zero)
    #expect(bucket.take(at: at(11)) == .zero)
  }

  /// Whoever waits as long as he is told comes in time, whatever the rate.
  @Test(arguments: [1, 7, 59, 60, 61, 1000, 999_999_999])
  func theWaitIsEnough(perMinute: Int) {
    var bucket = TokenBucket(perMinute: perMinute, at: at(0))
    var now = at(0)
    #expect(bucket.take(Double(perMinute), at: now) == .zero)
    for _ in 1...50 {
      let wait = bucket.take(at: now)
      now = now.advanced(by: .milliseconds(wait.millisecondsRoundedUp))
      #expect(bucket.take(at: now) == .zero)
    }
  }
}
