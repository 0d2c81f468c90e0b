// Sessions and seconds by subject.
import Signaling
import Testing
import Timekeeping

@testable import Relay

@Suite struct SubjectQuotaTests {
  private let one = SessionID(rawValue: "s1")
  private let other = SessionID(rawValue: "s2")

  private func at(_ seconds: Int) -> MonotonicInstant { MonotonicInstant(sinceStart: .seconds(seconds)) }

  private func permit(
    _ subject: String = "a", until end: Int = 1000, sessions: Int? = nil, budget: Int? = nil
  ) -> Permit {
    Permit(subject: subject, expiry: at(end), maximumSessions: sessions, budget: budget.map { .seconds($0) })
  }

  @Test func secondsAreCountedForEachOpenSession() throws {
    var book = SubjectQuotas(limit: 2)
    try book.enter(permit(budget: 100), at: at(0))
    #expect(book.deadline(of: "a") == nil)
    book.opened(one, of: "a", at: at(10))
    #expect(book.deadline(of: "a") == at(110))
    book.opened(other, of: "a", at: at(30))
    #expect(book.deadline(of: "a") == at(70))
    book.closed(one, of: "a", at: at(40))
    #expect(book.deadline(of: "a") == at(100))
    #expect(!book.isUsedUp("a", at: at(99)))
    #expect(book.isUsedUp("a", at: at(100)))
    book.closed(other, of: "a", at: at(50))
    #expect(book.deadline(of: "a") == nil)
    #expect(!book.isUsedUp("a", at: at(900)))
  }

  @Test func newTokenDoesNotGiveSecondsBack() throws {
    var book = SubjectQuotas(limit: 2)
    try book.enter(permit(until: 100, budget: 50), at: at(0))
    book.opened(one, of: "a", at: at(0))
    book.closed(one, of: "a", at: at(50))
    #expect(throws: SubjectQuotas.usedUp) { try book.admit(permit(budget: 50), at: at(60)) }
    try book.enter(permit(until: 200, budget: 50), at: at(60))
    #expect(book.isUsedUp("a", at: at(60)))
    try book.enter(permit(until: 200, budget: 80), at: at(60))
    #expect(!book.isUsedUp("a", at: at(60)))
    // The last token has ended, and nothing is open: a new beginning.
    try book.enter(permit(until: 400, budget: 50), at: at(300))
    #expect(!book.isUsedUp("a", at: at(300)))
  }

  @Test func sessionsAtOnceAreBounded() throws {
    var book = SubjectQuotas(limit: 2)
    let permit = permit(sessions: 1)
    try book.enter(permit, at: at(0))
    try book.admit(permit, at: at(0))
    book.opened(one, of: "a", at: at(0))
    #expect { try book.admit(permit, at: at(1)) } throws: { ($0 as? SignalingError)?.kind == .sessionLimit }
    book.closed(one, of: "a", at: at(2))
    try book.admit(permit, at: at(2))
  }

  @Test func subjectsAreBoundedAndForgottenOnlyWhenNothingIsOwed() throws {
    var book = SubjectQuotas(limit: 2)
    try book.enter(permit("a", until: 10), at: at(0))
    try book.enter(permit("b", until: 10), at: at(0))
    book.opened(one, of: "b", at: at(0))
    #expect { try book.enter(permit("c"), at: at(5)) } throws: { ($0 as? SignalingError)?.kind == .requestOverload }
    try book.enter(permit("c"), at: at(11))
    #expect(book.count == 2)
    #expect { try book.enter(permit("d"), at: at(12)) } throws: { ($0 as? SignalingError)?.kind == .requestOverload }
    try book.enter(permit("b"), at: at(12))
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
