// Checks what is counted of sessions and seconds by subject.
import Basics
import Signaling
import Testing

@testable import Relay

@Suite struct SubjectQuotaTests {
  private let one = SessionID(rawValue: "s1")
  private let other = SessionID(rawValue: "s2")

  private func at(_ seconds: Int) -> MonotonicInstant { MonotonicInstant(sinceStart: .seconds(seconds)) }

  private func permit(
    _ subject: String = "a", until end: Int = 1000, made issuedAt: Double? = nil, sessions: Int? = nil,
    budget: Int? = nil
  ) -> Permit {
    Permit(subject: subject, expiry: at(end), issuedAt: issuedAt, maximumSessions: sessions, budget: budget.map { .seconds($0) })
  }

  @Test func secondsAreCountedForEachOpenSession() throws {
    var quotas = SubjectQuotas(limit: 2)
    try quotas.register(permit(budget: 100), at: at(0))
    #expect(quotas.deadline(of: "a") == nil)
    quotas.opened(one, of: "a", at: at(10))
    #expect(quotas.deadline(of: "a") == at(110))
    quotas.opened(other, of: "a", at: at(30))
    #expect(quotas.deadline(of: "a") == at(70))
    quotas.closed(one, of: "a", at: at(40))
    #expect(quotas.deadline(of: "a") == at(100))
    #expect(!quotas.isUsedUp("a", at: at(99)))
    #expect(quotas.isUsedUp("a", at: at(100)))
    quotas.closed(other, of: "a", at: at(50))
    #expect(quotas.deadline(of: "a") == nil)
    #expect(!quotas.isUsedUp("a", at: at(900)))
  }

  @Test func newTokenDoesNotGiveSecondsBack() throws {
    var quotas = SubjectQuotas(limit: 2)
    try quotas.register(permit(until: 100, budget: 50), at: at(0))
    quotas.opened(one, of: "a", at: at(0))
    quotas.closed(one, of: "a", at: at(50))
    #expect(throws: SubjectQuotas.usedUp) { try quotas.check(permit(budget: 50), at: at(60)) }
    try quotas.register(permit(until: 200, budget: 50), at: at(60))
    #expect(quotas.isUsedUp("a", at: at(60)))
    try quotas.register(permit(until: 200, budget: 80), at: at(60))
    #expect(!quotas.isUsedUp("a", at: at(60)))
    // The last token has ended, and nothing is open: a new beginning.
    try quotas.register(permit(until: 400, budget: 50), at: at(300))
    #expect(!quotas.isUsedUp("a", at: at(300)))
  }

  /// Somebody keeps an old token that allowed more.
  @Test func anOlderTokenGivesNobodyMore() throws {
    var quotas = SubjectQuotas(limit: 2)
    let newer = permit(made: 20, sessions: 1, budget: 50)
    try quotas.register(newer, at: at(0))
    for older in [permit(until: 2000, made: 10, sessions: 9, budget: 900), permit(until: 2000)] {
      try quotas.register(older, at: at(0))
      quotas.opened(one, of: "a", at: at(0))
      #expect(quotas.deadline(of: "a") == at(50))
      #expect { try quotas.check(older, at: at(1)) } throws: { ($0 as? SignalingError)?.kind == .sessionLimit }
    }
    #expect(quotas.isUsedUp("a", at: at(50)))
    // One that was made later may.
    try quotas.register(permit(made: 30, sessions: 2, budget: 90), at: at(50))
    #expect(!quotas.isUsedUp("a", at: at(50)))
    try quotas.check(permit(made: 30, sessions: 2), at: at(50))
  }

  @Test func sessionsAtOnceAreBounded() throws {
    var quotas = SubjectQuotas(limit: 2)
    let permit = permit(sessions: 1)
    try quotas.register(permit, at: at(0))
    try quotas.check(permit, at: at(0))
    quotas.opened(one, of: "a", at: at(0))
    #expect { try quotas.check(permit, at: at(1)) } throws: { ($0 as? SignalingError)?.kind == .sessionLimit }
    quotas.closed(one, of: "a", at: at(2))
    try quotas.check(permit, at: at(2))
  }

  @Test func subjectsAreBoundedAndForgottenOnlyWhenNothingIsOwed() throws {
    var quotas = SubjectQuotas(limit: 2)
    try quotas.register(permit("a", until: 10), at: at(0))
    try quotas.register(permit("b", until: 10), at: at(0))
    quotas.opened(one, of: "b", at: at(0))
    #expect { try quotas.register(permit("c"), at: at(5)) } throws: {
      ($0 as? SignalingError)?.kind == .requestOverload
    }
    try quotas.register(permit("c"), at: at(11))
    #expect(quotas.count == 2)
    #expect { try quotas.register(permit("d"), at: at(12)) } throws: {
      ($0 as? SignalingError)?.kind == .requestOverload
    }
    try quotas.register(permit("b"), at: at(12))
  }

  @Test(arguments: [
    ("exact", "exact", true), ("exact", "exactly", false), ("ex*", "exact", true), ("*", "", true), ("ex*", "e", false),
    ("a*b", "a*b", true), ("a*b", "axb", false), ("caf\u{e9}", "cafe\u{301}", false), ("A*", "abc", false),
  ])
  func avatarsAreMatchedByteByByte(entry: String, avatar: String, matches: Bool) {
    let permit = Permit(subject: "a", expiry: at(1), avatars: [entry])
    #expect(permit.allows(avatar: avatar) == matches)
    #expect(!permit.allows(avatar: nil))
  }
}
