// Counts for how long sessions were open today, all of them together, and says when that is as long as they may be.
import Basics
import Ledger
import Signaling

/// Seconds of open sessions on a day's account. A day begins at 00:00 UTC. The account may be kept in a ledger, with
/// what other relays and earlier lives put on it; what is counted here is charged to it from time to time.
struct DayBudget: Sendable {
  /// What is to be put on the account of a day.
  struct Charge: Sendable, Hashable {
    let day: Int64
    let milliseconds: Int64
  }

  private static let millisecondsOfDay: Int64 = 86_400_000

  /// What a day may cost; nil for no limit.
  let limit: Duration?
  /// What was counted since this was made, of all days.
  private(set) var inAll = Duration.zero
  private(set) var day: Int64
  private var open: Set<SessionID> = []
  private var countedTo: MonotonicInstant
  /// What the ledger said last that is on the day's account.
  private var account = Duration.zero
  /// What is not on it yet, and what is on its way.
  private var uncharged = Duration.zero
  private var underWay: Charge?
  /// When the day ends, as known when time was counted last.
  private var dayEnd: MonotonicInstant

  init(limit: Duration?, at now: MonotonicInstant, _ time: WallTime) {
    self.limit = limit
    countedTo = now
    day = Self.day(of: time)
    dayEnd = now.advanced(by: Self.leftOfDay(at: time))
  }

  /// How many sessions count at the moment.
  var openCount: Int { open.count }

  /// What is on the day's account, and will be.
  var used: Duration { account + uncharged + .milliseconds(underWay?.milliseconds ?? 0) }

  /// What is left of the day's; nil for no limit.
  var left: Duration? { limit.map { max(.zero, $0 - used) } }

  /// Whether anything waits to be charged.
  var owes: Bool { uncharged.milliseconds > 0 }

  var isUsedUp: Bool { left == .zero }

  /// When it will be used up, or the day be over, if nothing changes; nil while nothing counts.
  var deadline: MonotonicInstant? {
    guard let left, !open.isEmpty else { return nil }
    return min(countedTo.advanced(by: left / open.count), dayEnd)
  }

  /// Takes in the time that passed. What passed before midnight is the old day's.
  mutating func count(to now: MonotonicInstant, _ time: WallTime) {
    let passed = countedTo.duration(to: now)
    let today = Self.day(of: time)
    inAll += passed * open.count
    if today == day {
      uncharged += passed * open.count
    } else {
      let sinceMidnight = Duration.milliseconds(time.millisecondsSinceEpoch - today * Self.millisecondsOfDay)
      (day, account) = (today, .zero)
      uncharged = min(passed, sinceMidnight) * open.count
    }
    countedTo = now
    dayEnd = now.advanced(by: Self.leftOfDay(at: time))
  }

  /// From now on a session counts. Saying so again does nothing.
  mutating func opened(_ session: SessionID) { open.insert(session) }

  /// It counts no more.
  /// - Returns: whether it did.
  mutating func closed(_ session: SessionID) -> Bool { open.remove(session) != nil }

  // MARK: The account

  /// What there is to charge; nil while a charge is under way.
  mutating func takeCharge() -> Charge? {
    guard underWay == nil else { return nil }
    let charge = Charge(day: day, milliseconds: uncharged.milliseconds)
    uncharged -= .milliseconds(charge.milliseconds)
    underWay = charge
    return charge
  }

  /// The charge is on its day's account.
  /// - Parameter total: what is on it now, in milliseconds.
  mutating func charged(total: Int64) {
    if underWay?.day == day { account = .milliseconds(total) }
    underWay = nil
  }

  /// The charge may not be on the account: it is charged again. That it was there all the same errs on the safe side.
  mutating func chargeFailed() {
    if let underWay, underWay.day == day { uncharged += .milliseconds(underWay.milliseconds) }
    underWay = nil
  }

  /// What a client is told.
  func refusal(at time: WallTime) -> SignalingError {
    SignalingError(
      .sessionLimit, "the seconds of open sessions that this server may have in a day are used up",
      retryAfterMs: Self.leftOfDay(at: time).milliseconds, limit: .totalSecondsPerDay)
  }

  // MARK: Days

  private static func day(of time: WallTime) -> Int64 {
    let (quotient, remainder) = time.millisecondsSinceEpoch.quotientAndRemainder(dividingBy: millisecondsOfDay)
    return remainder < 0 ? quotient - 1 : quotient
  }

  private static func leftOfDay(at time: WallTime) -> Duration {
    .milliseconds((day(of: time) + 1) * millisecondsOfDay - time.millisecondsSinceEpoch)
  }
}
