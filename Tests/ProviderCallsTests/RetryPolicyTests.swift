// The arithmetic of pauses, at its edges too.
import Testing

@testable import ProviderCalls

@Suite struct RetryPolicyTests {
  private let policy = RetryPolicy(
    maximumAttempts: 100, firstPause: .milliseconds(250), maximumPause: .seconds(4), budget: .seconds(15))

  @Test(arguments: [(1, 250), (2, 500), (3, 1000), (5, 4000), (6, 4000), (99, 4000)])
  func pauseDoublesUpToItsMaximum(attempts: Int, milliseconds: Int) {
    let pause = policy.pause(after: attempts, elapsed: .zero, retryAfter: nil, jitter: .fixed(1))
    #expect(pause == .milliseconds(milliseconds))
  }

  @Test func jitterScalesThePauseAndStaysInRange() {
    func pause(_ jitter: Jitter) -> Duration? {
      policy.pause(after: 1, elapsed: .zero, retryAfter: nil, jitter: jitter)
    }
    #expect(pause(.fixed(0)) == .zero)
    #expect(pause(.fixed(0.5)) == .milliseconds(125))
    #expect(pause(.fixed(7)) == .milliseconds(250))
    #expect(pause(.fixed(-7)) == .zero)
    for _ in 0..<1000 { #expect((.zero ... .milliseconds(250)).contains(pause(.random) ?? .seconds(-1))) }
  }

  @Test func noPauseAfterTheLastAttemptOrTheBudget() {
    let last = policy.pause(after: 100, elapsed: .zero, retryAfter: nil, jitter: .fixed(0))
    #expect(last == nil)
    let atBudget = policy.pause(after: 1, elapsed: .seconds(15), retryAfter: nil, jitter: .fixed(0))
    #expect(atBudget == nil)
    let beyond = policy.pause(after: 1, elapsed: .seconds(1), retryAfter: .seconds(14), jitter: .fixed(0))
    #expect(beyond == nil)
    let within = policy.pause(after: 1, elapsed: .seconds(1), retryAfter: .seconds(13), jitter: .fixed(0))
    #expect(within == .seconds(13))
  }
}
