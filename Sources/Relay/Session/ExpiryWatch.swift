// Decides when silence or age ends a session, and when its client is warned.
import Basics
import Signaling

/// Watches the idle limit and the lifetime of one session, and warns before each.
struct ExpiryWatch: Sendable {
  /// Whether silence counts at the moment.
  enum Activity: Sendable, Hashable {
    case silent
    /// A call is on its way to the provider; silence is judged when it is back.
    case calling
  }

  enum Due: Sendable, Hashable {
    case warning(ExpiryCause, left: Duration)
    case struck(ExpiryCause)
  }

  private struct Limit {
    let cause: ExpiryCause
    let length: Duration
    let lead: Duration
    var end: MonotonicInstant
    /// The end that was warned of; another end is warned of anew.
    var warnedOf: MonotonicInstant?

    init(_ cause: ExpiryCause, _ length: Duration, warning: Duration, from now: MonotonicInstant) {
      self.cause = cause
      self.length = length
      // A limit shorter than the warning would otherwise be warned of with every call.
      lead = min(warning, length / 2)
      end = now.advanced(by: length)
    }

    var deadline: MonotonicInstant { warnedOf == end ? end : end.advanced(by: .zero - lead) }
  }

  private var idle: Limit?
  private var lifetime: Limit?

  init(idleLimit: Duration?, lifetime: Duration?, warning: Duration, from now: MonotonicInstant) {
    idle = idleLimit.map { Limit(.idle, $0, warning: warning, from: now) }
    self.lifetime = lifetime.map { Limit(.lifetime, $0, warning: warning, from: now) }
  }

  /// Goes on with limits of which a part has passed.
  init(idleLimit: Duration?, idleLeft: Duration?, lifetime: Duration?, warning: Duration, from now: MonotonicInstant) {
    self.init(idleLimit: idleLimit, lifetime: lifetime, warning: warning, from: now)
    if let idleLeft { idle?.end = now.advanced(by: idleLeft) }
  }

  /// The longest silence; nil where it does not matter.
  var idleLimit: Duration? { idle?.length }

  /// The provider heard of the session at that time.
  mutating func touch(at time: MonotonicInstant) {
    guard let length = idle?.length, let end = idle?.end else { return }
    idle?.end = max(end, time.advanced(by: length))
  }

  /// When to look again.
  func deadline(_ activity: Activity) -> MonotonicInstant? {
    (lifetime?.deadline).orEarlier(activity == .silent ? idle?.deadline : nil)
  }

  /// How long the session lives if nothing more happens; nil if for ever.
  func left(at now: MonotonicInstant) -> Duration? {
    (lifetime?.end).orEarlier(idle?.end).map { max(.zero, now.duration(to: $0)) }
  }

  /// What is due, most serious first. A limit that struck is the only one told.
  mutating func due(at now: MonotonicInstant, _ activity: Activity) -> [Due] {
    if let lifetime, lifetime.end <= now { return [.struck(.lifetime)] }
    if activity == .silent, let idle, idle.end <= now { return [.struck(.idle)] }
    var due: [Due] = []
    if let left = Self.warn(&lifetime, at: now) { due.append(.warning(.lifetime, left: left)) }
    if activity == .silent, let left = Self.warn(&idle, at: now) { due.append(.warning(.idle, left: left)) }
    return due
  }

  private static func warn(_ limit: inout Limit?, at now: MonotonicInstant) -> Duration? {
    guard let end = limit?.end, let deadline = limit?.deadline, limit?.warnedOf != end, deadline <= now else {
      return nil
    }
    limit?.warnedOf = end
    return now.duration(to: end)
  }
}
